// The sandbox's own endpoints, outside /v2: its status, and the faults to inject. Not counted, not limited, not delayed.
import { BeltError } from '../../errors.ts';
import type { Account } from '../account/account.ts';
import { fieldsOf, textOf } from '../account/body.ts';
import { badRequest, notFound, unauthorized, unprocessable } from '../account/refusals.ts';
import type { Faults } from '../faults/faults.ts';
import { type Tokens, tokenOf } from './authorization.ts';
import type { Answer, FullAnswer } from './call.ts';
import type { Counter } from './counts.ts';
import { answerOf, jsonOf, type Received } from './exchange.ts';
import { dropletStatuses, type SandboxStatus } from './status.ts';

export interface Controlled {
  name: string;
  startedAt: number;
  tokens: Tokens;
  account: Account;
  faults: Faults;
  counter: Counter;
}

/** Answers `GET /sandbox/status`, `POST /sandbox/faults`, `DELETE /sandbox/faults` and `POST /sandbox/reset-requests`. */
export function answerControl(sandbox: Controlled, received: Received): FullAnswer {
  try {
    if (tokenOf(sandbox.tokens, received.authorization) !== sandbox.tokens.full) throw unauthorized();
    return { ...perform(sandbox, received), headers: {} };
  } catch (error) {
    return answerOf(error);
  }
}

function perform(sandbox: Controlled, received: Received): Answer {
  switch (`${received.method} ${received.path}`) {
    case 'GET /sandbox/status':
      return { status: 200, body: statusOf(sandbox) };
    case 'POST /sandbox/faults':
      addFaults(sandbox, received);
      return { status: 204 };
    case 'DELETE /sandbox/faults':
      sandbox.faults.clear();
      return { status: 204 };
    case 'POST /sandbox/reset-requests':
      sandbox.counter.reset();
      return { status: 204 };
    default:
      throw notFound();
  }
}

const statusOf = ({ name, startedAt, account, counter }: Controlled): SandboxStatus => ({
  name,
  pid: process.pid,
  uptimeMs: account.timers.now() - startedAt,
  droplets: dropletStatuses(account),
  requests: counter.counts,
});

function addFaults({ faults }: Controlled, received: Received): void {
  const spec = textOf(fieldsOf(jsonOf(received)), 'spec');
  if (spec === undefined) throw badRequest('spec is required');
  try {
    faults.add(spec);
  } catch (error) {
    throw error instanceof BeltError ? unprocessable([error.message, error.hint].join('. ')) : error;
  }
}
