// A node's engine for as long as a command uses it.
export { type HeldMember, holdMember, withMember } from '../../fleet/member.ts';
