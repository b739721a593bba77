// The SSH keys of the account.
import { fieldsOf, textOf } from '../../account/body.ts';
import { type AccountKey, keyFingerprint } from '../../account/keys.ts';
import { notFound, unprocessable } from '../../account/refusals.ts';
import { pageOf } from '../pages.ts';
import { type Answer, type Call, type Route, route } from '../router.ts';
import { keyView } from '../views.ts';

export const keyRoutes: Route[] = [
  route('GET /v2/account/keys', (call) => pageOf(call, 'ssh_keys', call.account.keys.list(), keyView)),
  route('POST /v2/account/keys', addKey),
  route('GET /v2/account/keys/{ssh_key_identifier}', (call) => ({
    status: 200,
    body: { ssh_key: keyView(keyOf(call)) },
  })),
  route('PUT /v2/account/keys/{ssh_key_identifier}', (call) => {
    const key = keyOf(call);
    key.name = nameOf(call);
    return { status: 200, body: { ssh_key: keyView(key) } };
  }),
  route('DELETE /v2/account/keys/{ssh_key_identifier}', (call) => {
    call.account.keys.remove(keyOf(call));
    return { status: 204 };
  }),
];

function addKey(call: Call): Answer {
  const { account } = call;
  const name = nameOf(call);
  const publicKey = textOf(fieldsOf(call.body), 'public_key')?.trim() ?? '';
  const fingerprint = keyFingerprint(publicKey);
  if (fingerprint === undefined) {
    throw unprocessable('Key invalid, key should be of the format `ssh-rsa BASE64 COMMENT`');
  }
  if (account.keys.find(fingerprint)) throw unprocessable('SSH Key is already in use on your account');
  return {
    status: 201,
    body: { ssh_key: keyView(account.keys.add(name, publicKey, fingerprint, account.timers.now())) },
  };
}

function nameOf(call: Call): string {
  const name = textOf(fieldsOf(call.body), 'name')?.trim();
  if (!name) throw unprocessable("Name can't be blank");
  return name;
}

function keyOf({ account, params }: Call): AccountKey {
  const key = account.keys.find(params['ssh_key_identifier'] ?? '');
  if (!key) throw notFound();
  return key;
}
