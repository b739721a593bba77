// The SSH keys of new droplets: those that the user named, else the user's own, added to the account if it is missing there.

import { createOnce } from '../../cloud/create-once.ts';
import { ensureKey, findKey, keyName, namedKeys } from '../../cloud/keys.ts';
import type { AccountKey } from '../../cloud/schemas.ts';
import { agreeToKey, isAgreedKey } from '../../config/choices.ts';
import type { Context } from '../../context.ts';
import { BeltError, UsageError } from '../../errors.ts';
import { keyBytes, sha256Fingerprint } from '../../ssh/fingerprint.ts';
import { type Identity, ownIdentity } from '../../ssh/identity.ts';

/** `dryRun` adds none. @throws UsageError for a key that the account lacks; BeltError when belt could not log in with any of its own */
export async function chooseKeys(
  context: Context,
  keys: readonly AccountKey[],
  options: { sshKey?: string[] | undefined; wait: boolean; dryRun?: boolean | undefined },
): Promise<AccountKey[]> {
  const settings = await context.settings();
  const wanted = options.sshKey ?? settings.sshKeyFingerprints;
  if (wanted.length === 0) return [await ownKey(context, keys, options)];
  const chosen = namedKeys(keys, wanted);
  if (options.wait) await checkLogin(context, chosen);
  return chosen;
}

async function ownKey(
  context: Context,
  keys: readonly AccountKey[],
  { dryRun }: { dryRun?: boolean | undefined },
): Promise<AccountKey> {
  const identity = ownIdentity(await (await context.fleet()).identities(), context.home);
  if (dryRun) {
    const known = findKey(keys, identity);
    if (known) return known;
    context.out.note(`your SSH key ${identity.source} is not in the account: it will be added`);
    return { id: 0, name: keyName(identity), fingerprint: identity.fingerprint, public_key: identity.publicKey };
  }
  if (!findKey(keys, identity)) await checkAgreed(context, identity);
  const cloud = await context.cloud();
  const addKey = (name: string, publicKey: string) =>
    createOnce(
      {
        create: () => cloud.addKey(name, publicKey),
        find: async () => findKey(await cloud.keys(), identity),
      },
      context,
    );
  const { key, added } = await ensureKey({ keys: cloud.keys, addKey }, keys, identity);
  if (added)
    context.out.note(`your SSH key ${identity.source} was not in the account: added as "${key.name}" (id ${key.id})`);
  return key;
}

/**
 * A key that a project's file names may have come with the project, and others may have it: before it enters the account, and
 * is let in as root by new droplets, the user is asked. @throws UsageError where nobody can be asked; BeltError for a no
 */
async function checkAgreed(context: Context, { source, publicKey }: Identity): Promise<void> {
  const { sshKeyNamedAt } = await context.settings();
  if (sshKeyNamedAt === undefined) return;
  const state = await context.state();
  const fingerprint = sha256Fingerprint(keyBytes(publicKey)!);
  if (isAgreedKey(state, fingerprint)) return;
  const what = `${sshKeyNamedAt} names the SSH key ${source} (${fingerprint}), which is not in the account`;
  const hint = `if it is yours: export DIGITALOCEAN_SSH_KEY_PATH=${source}`;
  if (!context.interactive) {
    throw new UsageError(
      `${what}; belt asks before it adds a key named by a project, but there is no terminal to ask on`,
      { hint },
    );
  }
  context.out.note(`${what}.`);
  const { confirm } = await import('../../output/prompt.ts');
  const question = 'Add it to the account, so that whoever has it can log in to new droplets as root?';
  if (!(await confirm(context, question))) throw new BeltError('the key was not added; nothing was created', { hint });
  agreeToKey(state, fingerprint);
}

/** A droplet that lets in none of belt's own keys would never become ready: better known before it is paid for. */
async function checkLogin(context: Context, chosen: readonly AccountKey[]): Promise<void> {
  const { list } = await (await context.fleet()).identities();
  const own = new Set(list.map(({ fingerprint }) => fingerprint));
  if (chosen.some(({ fingerprint }) => own.has(fingerprint.toLowerCase()))) return;
  const theirs = chosen.map(({ id, name }) => `${id} (${name})`).join(', ');
  const ours = list.map(({ source, fingerprint }) => `${source} (${fingerprint})`).join(', ');
  throw new BeltError(
    `belt could not log in to these droplets: they would accept the key ${theirs}, but belt has ${ours}`,
    {
      hint: 'set ssh_key_path to the private half of that key, or name another with --ssh-key',
    },
  );
}
