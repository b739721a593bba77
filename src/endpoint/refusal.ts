// What an engine says to a client whose API version it does not have.

export interface VersionRefusal {
  is: 'new' | 'old';
  /** The client's, as in `1.52`. */
  client: string;
  /** The engine's own, at most or at least. */
  engine: string;
}

/** docker says that its version is refused; this says what to do. `names` are those of `count` nodes. */
export function refusalWords(
  { is, client, engine }: VersionRefusal,
  { names, count }: { names: string; count: number },
): string {
  const bound = `${count > 1 ? 'the engines' : 'the engine'} at ${is === 'new' ? 'most' : 'least'} ${engine}`;
  const own = count > 1 ? "the nodes' own clients fit" : "the node's own client fits";
  return `the Docker client here is too ${is} for ${names}: it speaks API ${client}, ${bound}; ${own}: belt --host ${names} docker …`;
}

const STATUS = Buffer.from('HTTP/1.1 400 ');
const WORDS =
  /client version ([\d.]+) is too (new|old)\. (?:Maximum|Minimum) supported API version is ([\d.]+?)(?=[^\d.]|\.?$|\.[^\d])/;

/** Finds it in a piece of what an engine answers; such an answer comes in one. */
export function versionRefusal(bytes: Buffer): VersionRefusal | undefined {
  if (!STATUS.equals(bytes.subarray(0, STATUS.length))) return undefined;
  const [, client, is, engine] = WORDS.exec(bytes.toString('utf8')) ?? [];
  return client === undefined ? undefined : { is: is as VersionRefusal['is'], client, engine: engine! };
}
