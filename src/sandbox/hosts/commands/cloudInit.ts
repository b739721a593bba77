// `cloud-init status`: whether the first boot's work is done.
import { refuse } from './refuse.ts';
import type { Command } from './types.ts';

const DOT_MS = 250;

export const cloudInit: Command = async ({ process, host, words }) => {
  const options = words.slice(2);
  if (words[1] !== 'status') return await refuse(process, `cloud-init ${words[1] ?? ''}`.trim());
  const json = options.join(' ').includes('json');
  if (options.includes('--wait') || options.includes('-w')) {
    let waited = false;
    for (let left = host.cloudInitLeftMs(); left > 0; left = host.cloudInitLeftMs()) {
      if (!json) await process.out('.');
      waited = true;
      await host.world.wait(Math.min(left, DOT_MS));
    }
    if (waited && !json) await process.out('\n');
  }
  const errors = host.cloudInitErrors;
  const status = host.cloudInitLeftMs() > 0 ? 'running' : errors.length > 0 ? 'error' : 'done';
  await process.out(json ? `${JSON.stringify(report(status, errors), undefined, 2)}\n` : `status: ${status}\n`);
  return status === 'error' ? 1 : 0;
};

function report(status: string, errors: readonly string[]) {
  return {
    boot_status_code: 'enabled-by-generator',
    datasource: 'digitalocean',
    detail: 'DataSourceDigitalOcean',
    errors,
    extended_status: status,
    recoverable_errors: {},
    schemas: {},
    status,
  };
}
