// `cloud-init status`: whether the first boot's work is done.
import { notPlayed } from '../../engine/failure.ts';
import type { Command } from './types.ts';

const DOT_MS = 250;

export const cloudInit: Command = async ({ process, host, words: [, verb = '', ...options] }) => {
  if (verb !== 'status') throw notPlayed(`cloud-init ${verb}`.trim());
  const json = options.join(' ').includes('json');
  if (options.includes('--wait') || options.includes('-w')) {
    let waited = false;
    for (let left = host.cloudInitLeftMs(); left > 0; left = host.cloudInitLeftMs()) {
      if (!json) await process.out('.');
      waited = true;
      await host.world.pause(Math.min(left, DOT_MS));
    }
    if (waited && !json) await process.out('\n');
  }
  const errors = host.cloudInitErrors;
  const status = host.cloudInitLeftMs() > 0 ? 'running' : errors.length > 0 ? 'error' : 'done';
  await process.out(json ? `${JSON.stringify(report(status, errors), undefined, 2)}\n` : `status: ${status}\n`);
  return status === 'error' ? 1 : 0;
};

const report = (status: string, errors: readonly string[]) => ({
  boot_status_code: 'enabled-by-generator',
  datasource: 'digitalocean',
  detail: 'DataSourceDigitalOcean',
  errors,
  extended_status: status,
  recoverable_errors: {},
  schemas: {},
  status,
});
