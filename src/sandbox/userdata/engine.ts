// Whether a droplet's user data brings it the Docker engine: by apt's words, or by a script from the network. Simulated hosts
// have no shell to run it in; what they do not recognise they do not do.
import { attempt } from '../attempt.ts';
import { ENGINE } from '../engine/version.ts';
import type { UserData } from './parse.ts';

/** What came of it. */
export type EngineInstall = { installed: true } | { installed: false; words: string };

const BY_APT = /\bapt(-get)?\b.*\binstall\b.*\bdocker(-ce|\.io)\b/;
const FETCHES = /\b(curl|wget)\b/;
const RUNS = /\bsh\s+"?\$|\|\s*(sudo\s+)?(ba)?sh\b/;
/** `version=28.2`, `VERSION=28.2`, `docker-ce=5:28.2.2-1~ubuntu`. */
const VERSION = /(?:\bversion=['"]?|\bdocker-ce=(?:\d+:)?)(\d+(?:\.\d+)*)/i;
const WITHOUT_APT = /^(almalinux|centos|fedora|rockylinux)/;

/** Undefined when nothing asks for the engine. `image` is the droplet's, by its slug. */
export function engineInstall(user: UserData, image: string): EngineInstall | undefined {
  const scripts = [...user.scripts, ...user.runCommands];
  const asking = scripts.find((text) => BY_APT.test(text) || isNetworkScript(text));
  const isPackage = user.packages.some((name) => /^docker(-ce|\.io)$/.test(name));
  if (asking === undefined && !isPackage) return undefined;
  const byApt = isPackage || BY_APT.test(asking!);
  if (byApt && WITHOUT_APT.test(image)) return { installed: false, words: 'apt-get: command not found' };
  const version = asking === undefined ? undefined : VERSION.exec(asking)?.[1];
  if (version === undefined || `${ENGINE.version}.`.startsWith(`${version}.`)) return { installed: true };
  return { installed: false, words: `E: the sandbox has Docker ${ENGINE.version} alone, and no version ${version}` };
}

/** The engine's labels, where a script writes them into its configuration as belt's does. */
export function engineLabels({ bootHooks, scripts }: UserData): Record<string, string> {
  const listed = [...bootHooks, ...scripts].map(
    (text) => /"labels": ?(\[(?:"(?:[^"\\]|\\.)*",? ?)*\])/.exec(text)?.[1],
  );
  const found = listed.find((list) => list !== undefined);
  if (found === undefined) return {};
  const words = attempt(() => JSON.parse(found.replaceAll("'\\''", "'")) as string[]) ?? [];
  return Object.fromEntries(words.map((word) => word.split(/=(.*)/s).slice(0, 2)));
}

/** The engine's log driver, where a script writes one into its configuration as belt's does. */
export const engineLogDriver = ({ bootHooks, scripts }: UserData): string | undefined =>
  /"log-driver": ?"([\w./:-]+)"/.exec([...bootHooks, ...scripts].join('\n'))?.[1];

const isNetworkScript = (text: string): boolean => FETCHES.test(text) && RUNS.test(text) && /\bdocker/.test(text);
