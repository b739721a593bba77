import { command, text, textOr, type Values } from '../../cli/command.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { hide } from '../../registry/auths.ts';
import { logInToDigitalOcean } from '../../registry/digitalocean.ts';
import { storeAuth } from '../../registry/docker-config.ts';
import { DIGITALOCEAN, readHost, shownRegistry } from '../../registry/hosts.ts';
import { forget } from '../../registry/known.ts';
import { verify } from '../../registry/verify.ts';
import { inTime } from './expiry.ts';
import { readLifetime } from './lifetime.ts';
import { givenPassword } from './password.ts';

const options = {
  user: { ...text('<name>', 'who logs in; on a terminal it is asked for'), letter: 'u' },
  expires: textOr('<time>', '30d', 'how long credentials that DigitalOcean makes are valid, such as 12h or 90d'),
};

export default command({
  arguments: '<host>',
  summary: 'log in to a registry, for deployments and for docker here',
  description:
    'Tries a user and a password, which is asked for or comes from stdin, on the registry, and has docker’s own place keep ' +
    'them: the credential helper that ~/.docker/config.json names, else that file. So docker here knows them too, and ' +
    '`belt deploy` sends them to the swarm with the services whose images are there. A registry that cannot be asked from ' +
    `here gets a warning. For ${DIGITALOCEAN} without --user DigitalOcean’s API makes them: they only read, and expire; ` +
    'later deployments renew them in time. docker.io is Docker Hub.',
  options,
  examples: [
    ['belt registry login ghcr.io -u ann < token.txt', 'the password from a file; without one it is asked for'],
    [`belt registry login ${DIGITALOCEAN}`, 'read-only, for 30 days'],
    [`belt registry login ${DIGITALOCEAN}/acme --expires 7d`, 'of the container registry acme'],
  ],
  run: (context, { host }, options) => registryLogin(context, host, options),
});

/** `belt registry login` — credentials of a registry, kept where docker keeps them. */
async function registryLogin(context: Context, word: string, { user, expires }: Values<typeof options>): Promise<void> {
  const registry = readHost(word);
  const seconds = readLifetime(expires);
  if (registry === DIGITALOCEAN && user === undefined) return byApi(context, nameIn(word), seconds);
  const { out } = context;
  const username = user ?? (await askUser(context, word));
  if (username === '' || username.includes(':')) throw new UsageError(`invalid user name ${JSON.stringify(username)}`);
  const password = await givenPassword(context, word, username);
  const login = { username, password };
  hide(context, { serveraddress: registry, ...login });
  const verdict = await verify(context, registry, login);
  const host = shownRegistry(registry);
  if (typeof verdict === 'object' && 'refused' in verdict) throw refused(host, username, verdict.refused);
  const kept = await storeAuth(context, registry, login);
  forget(context, registry);
  const isVerified = verdict === 'accepted';
  if (!isVerified) out.warn(`not verified: ${host}: ${verdict.unknown}`);
  if (out.json) return out.document({ registry: host, user: username, verified: isVerified, ...kept, expires: null });
  out.line(`${host}: logged in as ${username}${isVerified ? '' : ' (not verified)'}`);
  tellPlace(context, kept);
}

async function byApi(context: Context, name: string | undefined, seconds: number): Promise<void> {
  const { out } = context;
  const made = await logInToDigitalOcean(context, { name, seconds });
  const { kept, expires } = made;
  if (out.json) {
    return out.document({ registry: DIGITALOCEAN, name: made.name, user: null, verified: false, ...kept, expires });
  }
  const until = inTime(expires, context.clock.now());
  out.line(`${DIGITALOCEAN}/${made.name}: read-only credentials from DigitalOcean’s API, which expire ${until}`);
  tellPlace(context, kept);
}

function tellPlace({ out }: Context, { helper, file }: { helper: string | undefined; file: string }): void {
  if (helper !== undefined) out.note(`kept by docker-credential-${helper}`);
  else out.note(`kept unencrypted in ${file}, as docker does without a credential helper (credsStore there)`);
  out.note('the next deployments send it; to services that run already: belt registry refresh SERVICE');
}

/** `registry.digitalocean.com/acme` */
const nameIn = (word: string): string | undefined => /^(?:https?:\/\/)?[^/]+\/([^/]+)\/?$/.exec(word)?.[1];

async function askUser(context: Context, word: string): Promise<string> {
  if (!context.interactive) {
    throw new UsageError('missing user name', { hint: `belt registry login ${word} --user NAME < FILE` });
  }
  const { askLine } = await import('../../output/prompt.ts');
  return askLine(context, 'User: ');
}

function refused(host: string, user: string, why: string): UsageError {
  return new UsageError(`${host} does not take the password of ${user} (${why})`, {
    hint: 'nothing was stored; many registries want an access token instead of the password',
  });
}
