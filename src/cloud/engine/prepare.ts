// The part of user data that prepares a droplet for its engine once its disk has grown and the user's files are written: a script of
// cloud-init's last stage, before the one that installs Docker.
import type { Swap } from '../../config/cluster/types.ts';
import { CONFIGURE } from './daemon.ts';
import { makeSwap } from './swap.ts';

/** The script. Its exit code is other than 0 where something could not be done, so that `cloud-init status` reports it. */
export const prepareScript = (swap: Swap | undefined): string =>
  [
    '#!/bin/sh',
    '# belt: swap, where there is little memory and none.',
    'failed=0 memory=0 used=',
    ...makeSwap(swap),
    '# belt: a daemon.json that user data wrote after the hook has its defaults too.',
    `sh ${CONFIGURE} || failed=1`,
    'exit "$failed"',
    '',
  ].join('\n');
