import { lstatSync } from 'node:fs';
import { basename, join } from 'node:path';
import { command, flag, list, text, type Values } from '../cli/command.ts';
import { noToken } from '../cloud/errors.ts';
import type { AccountKey, Image, Region, Size } from '../cloud/schemas.ts';
import { counted, stemOf } from '../cluster/counted.ts';
import { priceText } from '../cluster/prices.ts';
import { existsAlready, type FirstFile, firstFile, writeFirstFile } from '../config/first-file.ts';
import type { Settings } from '../config/index.ts';
import { storedAccounts } from '../config/stored-accounts.ts';
import type { Context } from '../context.ts';
import { clusterName } from '../descriptions/name.ts';
import { messageOf, UsageError } from '../errors.ts';
import { chooseCluster } from '../known-clusters/choose.ts';
import { hasDroplets } from '../known-clusters/exists.ts';
import { addAccount } from '../new-account.ts';
import type { Dialogue } from '../output/prompt.ts';
import { compact } from '../patterns/index.ts';
import { plan } from '../reconcile/plan.ts';
import { type Identity, ownIdentity } from '../ssh/identity.ts';
import { managerAdvice } from '../swarm/join.ts';
import { answer } from './init/ask.ts';
import {
  countQuestion,
  imageName,
  imageQuestion,
  imageTitle,
  keyQuestion,
  regionQuestion,
  sizeQuestion,
  sshFromQuestion,
} from './init/questions.ts';

const options = {
  name: text('<name>', 'the cluster’s name (default: that of the folder)'),
  region: text('<slug>', 'the region; needed where there is no terminal'),
  size: text('<slug>', 'the size of every node (default: s-1vcpu-1gb)'),
  image: text('<id|slug>', 'the image (default: ubuntu-24-04-x64)'),
  managers: text('<n>', 'how many managers (default: 3)'),
  workers: text('<n>', 'how many workers (default: 3)'),
  sshKey: text('<id|name>', 'a key of the account for new droplets (default: your own)'),
  sshFrom: list('<cidr>', 'who may use SSH, repeatable (default: anywhere)'),
  force: flag('replace a .belt.yaml that is there'),
};

type InitOptions = Values<typeof options>;

export default command({
  summary: 'write a first .belt.yaml: asks, with the account’s values and prices',
  description:
    'write a first .belt.yaml in this folder: asks for what the options do not say, and for a token where none is set, with the values and prices of the account, ' +
    'and shows what belt up would make. Nothing is created but the file.',
  options,
  examples: [
    ['belt init', 'asks; Enter takes what is in brackets'],
    ['belt init --region sgp1 --managers 1 --workers 2', 'and asks for the rest'],
  ],
  run: (context, _given, options) => init(context, options),
});

const FILE = '.belt.yaml';

/** `belt init` — a first description of a cluster, written and then shown as a plan. */
async function init(given: Context, options: InitOptions): Promise<void> {
  const path = join(given.cwd, FILE);
  await checkPlace(given, path, options);
  const context = await withToken(given);
  const { out } = context;
  const answers = await asked(context, options);
  writeFirstFile(path, firstFile(answers), { replace: options.force === true });
  const after = await context.readAgain();
  await chooseCluster(after, answers.name);
  if (out.json) return out.document({ file: path, ...documentOf(answers) });
  out.note(`wrote ${FILE}; this is what belt up would make:`);
  await plan(await context.readAgain(), {});
  out.note(`edit ${FILE} if you like, check it with belt plan, then run belt up`);
}

/** @throws UsageError before anything is asked */
async function checkPlace(context: Context, path: string, { region, force }: InitOptions): Promise<void> {
  if (context.options.config !== undefined) {
    throw new UsageError(`init writes ${FILE} in the current folder and takes no --config`);
  }
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere && !force) throw existsAlready(FILE);
  const settings = await context.settings();
  if (!asks(context) && region === undefined && settings.region === undefined) {
    throw new UsageError('init needs a --region where there is no terminal to ask on', {
      hint: 'such as --region nyc3; all of them: belt regions',
    });
  }
  // Of several files one counts: the new one would hide the other's token.
  const { accessToken, account, configFile } = settings;
  const isOutside = account !== undefined || context.env['DIGITALOCEAN_ACCESS_TOKEN']?.trim();
  if (accessToken === undefined || configFile === undefined || isOutside) return;
  throw new UsageError(`the token is in ${configFile}, and that file no longer counts once ${FILE} is written here`, {
    hint: 'keep the token elsewhere: export DIGITALOCEAN_ACCESS_TOKEN=… · belt auth add NAME',
  });
}

/** Where there is no token, asks for one, and keeps it as `belt auth add` does. */
async function withToken(context: Context): Promise<Context> {
  const { accessToken } = await context.settings();
  if (accessToken !== undefined || !asks(context)) return context;
  const { accounts } = storedAccounts(context);
  // Which of them it is to be is the user's to say.
  if (accounts.length > 0) throw noToken();
  context.out.note(
    'No token is set yet. belt keeps the one that you give, outside of this folder. To try belt without an account: Ctrl-C, then belt sandbox start',
  );
  const { place, account } = await addAccount(context, FIRST_ACCOUNT);
  const whose = account?.name ?? account?.email;
  context.out.note(`account ${FIRST_ACCOUNT}${whose === undefined ? '' : ` (${whose})`}: kept in ${place}`);
  return context.readAgain();
}

const FIRST_ACCOUNT = 'default';

const asks = ({ interactive, out }: Context): boolean => interactive && !out.json;

/** What the account offers. */
interface Offered {
  regions: Region[];
  sizes: Size[];
  images: Image[];
  keys: AccountKey[];
  own: Identity | undefined;
}

async function asked(context: Context, options: InitOptions): Promise<FirstFile> {
  const offered = await offer(context, options);
  if (!asks(context)) return answersTo(context, undefined, offered, options);
  const { dialogue } = await import('../output/prompt.ts');
  const talk = dialogue(context);
  try {
    context.out.note('Enter takes what is in brackets. Nothing is created but the file.');
    return await answersTo(context, talk, offered, options);
  } finally {
    talk.end();
  }
}

/** The images and keys only where they are listed or looked through: an account may have many. */
async function offer(context: Context, { image, sshKey }: InitOptions): Promise<Offered> {
  const cloud = await context.cloud();
  const asking = asks(context);
  const [regions, sizes, images, keys] = await Promise.all([
    cloud.regions(),
    cloud.sizes(),
    asking && image === undefined ? cloud.images() : [],
    asking || sshKey !== undefined ? cloud.keys() : [],
  ]);
  // Before the questions: a key may ask for its passphrase.
  const own = asking && sshKey === undefined ? await ownKey(context) : undefined;
  return { regions, sizes, images, keys, own };
}

async function ownKey(context: Context): Promise<Identity | undefined> {
  try {
    return ownIdentity(await (await context.fleet()).identities(), context.home);
  } catch (error) {
    context.signal.throwIfAborted();
    context.out.warn(messageOf(error));
    return undefined;
  }
}

async function answersTo(
  context: Context,
  talk: Dialogue | undefined,
  { regions, sizes, images, keys, own }: Offered,
  options: InitOptions,
): Promise<FirstFile> {
  const settings: Settings = await context.settings();
  const name = await answer(context, talk, nameQuestion(context, options.name));
  const region = await answer(context, talk, regionQuestion(regions, options.region, settings.region));
  const size = await answer(
    context,
    talk,
    sizeQuestion(sizes, region.slug, { given: options.size, wish: settings.size }),
  );
  const place = { region: region.slug, size };
  const wishes = { given: options.image, wish: settings.image };
  const image = await answer(context, talk, imageQuestion(await context.cloud(), images, place, wishes));
  const count = (option: 'managers' | 'workers', least: number) =>
    answer(context, talk, countQuestion(option, { given: options[option], otherwise: 3, least }));
  const managers = await count('managers', 1);
  const advice = managerAdvice(managers);
  if (advice !== undefined) context.out.warn(advice);
  const workers = await count('workers', 0);
  const key = await answer(context, talk, keyQuestion(keys, own, options.sshKey));
  const sshFrom = await answer(context, talk, sshFromQuestion(options.sshFrom));
  return {
    name,
    region: { value: region.slug, about: region.name },
    size: { value: size.slug, about: `${priceText(size.price_monthly)} USD a month each` },
    image: { value: imageName(image), about: imageTitle(image) },
    sshKey: key && { value: String(key.id), about: key.name },
    managers: patternFor(name, 'manager', managers),
    workers: workers === 0 ? undefined : patternFor(name, 'worker', workers),
    sshFrom,
  };
}

/** A cluster of that name must not exist: `up` would take its droplets for those of the file. */
function nameQuestion(context: Context, given: string | undefined) {
  const folder = basename(context.cwd)
    .replace(/[^a-zA-Z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return {
    words: 'Name of the cluster',
    given,
    otherwise: context.env['BELT_CLUSTER']?.trim() || folder.slice(0, 40) || 'swarm',
    read: async (word: string) => {
      const name = clusterName(word);
      if (!(await hasDroplets(context, name))) return name;
      throw new UsageError(`the cluster ${name} already exists: droplets have its tag`, {
        hint: `choose another --name, or adopt it as it is: belt cluster import ${name}`,
      });
    },
  };
}

const patternFor = (cluster: string, role: string, count: number): string =>
  compact(counted({ count, names: [], stem: stemOf(cluster, role), taken: new Set() }));

const documentOf = ({ name, region, size, image, sshKey, managers, workers, sshFrom }: FirstFile) => ({
  cluster: name,
  region: region.value,
  size: size.value,
  image: image.value,
  managers,
  workers: workers ?? null,
  sshKey: sshKey?.value ?? null,
  sshFrom,
});
