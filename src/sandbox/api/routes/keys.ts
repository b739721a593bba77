// The SSH keys of the account.
import { fieldsOf, textOf } from '../../account/body.ts';
import { type AccountKey, keyFingerprint } from '../../account/keys.ts';
import { unprocessable } from '../../account/refusals.ts';
import { type Answer, type Call, created, found, ok, type Routes } from '../call.ts';
import { pageOf } from '../pages.ts';
import { keyView } from '../views.ts';

export const keyRoutes: Routes = {
  'GET /v2/account/keys': (call) => pageOf(call, 'ssh_keys', call.account.keys.list(), keyView),
  'POST /v2/account/keys': addKey,
  'GET /v2/account/keys/{ssh_key_identifier}': (call) => ok({ ssh_key: keyView(keyOf(call)) }),
  'PUT /v2/account/keys/{ssh_key_identifier}': (call) => {
    const key = keyOf(call);
    key.name = nameOf(call);
    return ok({ ssh_key: keyView(key) });
  },
  'DELETE /v2/account/keys/{ssh_key_identifier}': (call) => call.account.keys.remove(keyOf(call)),
};

function addKey(call: Call): Answer {
  const { account } = call;
  const name = nameOf(call);
  const publicKey = textOf(fieldsOf(call.body), 'public_key')?.trim() ?? '';
  const fingerprint = keyFingerprint(publicKey);
  if (fingerprint === undefined) {
    throw unprocessable('Key invalid, key should be of the format `ssh-rsa BASE64 COMMENT`');
  }
  if (account.keys.find(fingerprint)) throw unprocessable('SSH Key is already in use on your account');
  return created({
    ssh_key: keyView(account.keys.make({ name, publicKey, fingerprint, addedAt: account.timers.now() })),
  });
}

function nameOf(call: Call): string {
  const name = textOf(fieldsOf(call.body), 'name')?.trim();
  if (!name) throw unprocessable("Name can't be blank");
  return name;
}

const keyOf = ({ account, params }: Call): AccountKey => found(account.keys.find(params['ssh_key_identifier'] ?? ''));
