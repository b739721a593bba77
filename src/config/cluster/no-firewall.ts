import { parseDocument } from 'yaml';

/** Whether a file says `firewall: false` for its cluster, whatever else is in it. */
export const leavesFirewallsAlone = ({ text }: { text: string }): boolean =>
  parseDocument(text, { prettyErrors: false }).getIn(['cluster', 'firewall']) === false;
