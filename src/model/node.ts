/** What is needed to reach a droplet of a cluster, without asking DigitalOcean. */
export interface Node {
  id: number;
  name: string;
  publicAddress?: string | undefined;
  privateAddress?: string | undefined;
  tags: string[];
}
