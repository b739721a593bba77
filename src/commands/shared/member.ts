// A node's engine for as long as a command uses it.
export { type HeldMember, holdMember, type MemberPatience, withMember } from '../../fleet/member.ts';
