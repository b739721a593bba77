import type { Engine } from '../model/engine.ts';
import type { EngineHttp } from '../api/http.ts';
import { nodeList } from '../api/nodes.ts';
export interface Terminal { rows: number; cols: number }
export interface CliProcess {
  readonly stdin: NodeJS.ReadableStream;
  readonly terminal: Terminal | undefined;
  out(data: string | Buffer): Promise<void>;
  err(data: string | Buffer): Promise<void>;
}
export async function docker(engine: Engine, argv: string[], process: CliProcess, _http: EngineHttp): Promise<number> {
  if (argv[0] === 'node') await process.out(JSON.stringify(nodeList(engine)) + '\n');
  return 0;
}
