// A TCP stream into the network of a container: a small program on its node that enters the network and connects there. Nothing in
// the container is used, so its image may be empty, and a port may listen on its loopback or on an internal network alone.
import type { Duplex } from 'node:stream';
import { quoteArgv } from '../quote.ts';
import type { Connection } from '../ssh/connection.ts';

/** How a port could not be reached. */
export type Refusal = { kind: 'gone' | 'refused' | 'cannot'; why: string };

export type Opened = { stream: Duplex & { stderr: NodeJS.ReadableStream } } | { refusal: Refusal };

/** What each line of stderr begins with, so that it is told from anything that ssh or sudo say. */
const SAYS = 'belt-pipe:';

/**
 * Connects to where the port listens, says so in a line, and then passes bytes both ways; an end of one direction is one of that
 * direction alone. A third thread ends it when nobody is at the other end any more.
 */
const PYTHON = `
import os, select, socket, sys, threading
port = int(sys.argv[1])
places = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
try:
    for line in open("/proc/net/tcp").readlines()[1:]:
        address, number = line.split()[1].split(":")
        if int(number, 16) == port and line.split()[3] == "0A" and address != "00000000":
            places.append((socket.AF_INET, socket.inet_ntoa(int(address, 16).to_bytes(4, sys.byteorder))))
except OSError:
    pass
why = None
for family, address in places:
    peer = socket.socket(family)
    peer.settimeout(10)
    try:
        peer.connect((address, port))
        break
    except OSError as error:
        why = why or error
        peer.close()
else:
    sys.stderr.write("${SAYS} refused %s\\n" % (why.strerror or why))
    sys.exit(1)
peer.settimeout(None)
sys.stderr.write("${SAYS} open\\n")
sys.stderr.flush()
def watch():
    poll = select.poll()
    poll.register(1, 0)
    poll.poll()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
def there():
    try:
        while True:
            data = os.read(0, 65536)
            if not data:
                break
            peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)
    except OSError:
        pass
threading.Thread(target=there, daemon=True).start()
try:
    while True:
        data = peer.recv(65536)
        if not data:
            break
        while data:
            data = data[os.write(1, data):]
except OSError:
    pass
os._exit(0)
`;

/** Where the node has no python3: nothing ends one direction alone. */
const BASH = `if exec 3<>/dev/tcp/127.0.0.1/$0; then echo '${SAYS} open' >&2; else echo '${SAYS} refused Connection refused' >&2; exit 1; fi
cat <&3 & cat >&3; kill $! 2>/dev/null`;

/** One line for the node's shell. `process`: a process of the container, by its id on the node. */
export function pipeLine(process: number, port: number, { sudo }: { sudo: boolean }): string {
  const enter = [...(sudo ? ['sudo', '-n'] : []), 'nsenter', '-t', String(process), '-n', '--'];
  const python = quoteArgv([...enter, 'python3', '-c', PYTHON, String(port)]);
  const bash = quoteArgv([...enter, 'bash', '-c', BASH, String(port)]);
  return `if command -v python3 >/dev/null; then exec ${python}; else exec ${bash}; fi`;
}

/** Opens one, or says why there is none. @throws SshError when the connection is lost, or the node opens no channel */
export async function openPipe(connection: Connection, process: number, port: number): Promise<Opened> {
  const line = pipeLine(process, port, { sudo: connection.host.user !== 'root' });
  const { channel, ended } = await connection.exec(line);
  channel.on('error', () => {});
  return await new Promise<Opened>((resolve) => {
    let said = '';
    // Its end is told once all that it wrote is read.
    channel.once('exit', () => {
      if (!said.includes(`${SAYS} open\n`)) channel.resume();
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes(`${SAYS} open\n`)) resolve({ stream: channel });
    });
    const end = () => {
      channel.destroy();
      resolve({ refusal: refusalOf(said) });
    };
    ended.then(end, end);
  });
}

function refusalOf(said: string): Refusal {
  const [, why] = new RegExp(`${SAYS} refused (.*)`).exec(said) ?? [];
  if (why !== undefined) return { kind: 'refused', why: why.toLowerCase() };
  const last = said.trim().split('\n').at(-1) ?? '';
  // The process ended, and its network with it.
  if (/nsenter: .*(no such file|no such process)/i.test(last)) return { kind: 'gone', why: 'it has ended' };
  return { kind: 'cannot', why: last === '' ? 'the node ran no program for it' : last };
}
