// `npm run bench`: belt measured against its limits and peers, as one table. `npm run bench -- start docker` runs a part.
// A figure that is missed fails nothing; what could not be measured does.
import { parseArgs } from 'node:util';
import * as create from './create.mjs';
import * as deploy from './deploy.mjs';
import * as docker from './docker.mjs';
import * as engines from './engines.mjs';
import * as exec from './exec.mjs';
import * as keep from './keep.mjs';
import { table } from './lib/table.mjs';
import { endWorlds } from './lib/world.mjs';
import * as paging from './paging.mjs';
import * as push from './push.mjs';
import * as scp from './scp.mjs';
import * as start from './start.mjs';
import * as tasks from './tasks.mjs';
import * as thousand from './thousand.mjs';
import * as up from './up.mjs';
import * as withNode from './with.mjs';

const BENCHMARKS = {
  start,
  create,
  up,
  docker,
  exec,
  keep,
  with: withNode,
  scp,
  deploy,
  tasks,
  push,
  engines,
  thousand,
  paging,
};
const USAGE = `usage: npm run bench -- [--json] [--quick] [${Object.keys(BENCHMARKS).join('] [')}]
--quick makes everything small: to try the benchmarks, not to judge belt`;

const say = (text) => process.stderr.write(`bench: ${text}\n`);

function words() {
  const options = { json: { type: 'boolean' }, quick: { type: 'boolean' }, help: { type: 'boolean' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHMARKS, name));
  if (unknown !== undefined) throw new Error(`there is no benchmark "${unknown}"`);
  return { ...values, names: positionals.length > 0 ? positionals : Object.keys(BENCHMARKS) };
}

async function run({ names, json, quick }) {
  const rows = [];
  for (const name of names) {
    try {
      rows.push(...(await BENCHMARKS[name].run({ quick, say: (text) => say(`${name}: ${text}`) })));
    } catch (error) {
      process.exitCode = 1;
      rows.push({ what: name, measured: `could not run: ${error.message}` });
      say(`${name}: ${error.stack}`);
    }
  }
  process.stdout.write(json ? `${JSON.stringify({ quick: quick === true, rows }, null, 2)}\n` : table(rows));
}

let chosen;
try {
  chosen = words();
} catch (error) {
  process.stderr.write(`bench: ${error.message}\n${USAGE}\n`);
  process.exit(2);
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => endWorlds().then(() => process.exit(code)));
}
if (chosen.help) process.stdout.write(`${USAGE}\n`);
else await run(chosen);
