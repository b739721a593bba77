// node relay.mjs HOSTS PORT ROUND_TRIP_MS — a port on each of the HOSTS (a,b,c) that leads to its PORT as if that were so far
// away; prints its number. A process of its own, since the one that times commands waits for them.
import { once } from 'node:events';
import net from 'node:net';

const [hosts, port, roundTripMs] = process.argv.slice(2);
const oneWayMs = Number(roundTripMs) / 2;

let own = 0;
for (const host of hosts.split(',')) {
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (near) => join(near, host));
  await once(server.listen(own, host), 'listening');
  own = server.address().port;
}
process.stdout.write(`${own}\n`);

function join(near, host) {
  // SYN, SYN-ACK, ACK: the far end sees the connection after three ways.
  setTimeout(() => {
    const far = net.connect({ host, port: Number(port), noDelay: true, allowHalfOpen: true });
    far.on('connect', () => {
      carry(near, far, 0);
      carry(far, near, oneWayMs);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ]) {
      one.on('error', () => other.destroy());
      one.on('close', () => setTimeout(() => other.destroy(), oneWayMs * 2));
    }
  }, oneWayMs * 3);
}

/** Hands every piece on after the delay; the first one has had its own while the connection came to be. */
function carry(from, to, firstDelayMs) {
  let delayMs = firstDelayMs;
  from.on('data', (bytes) => {
    setTimeout(() => to.write(bytes), delayMs);
    delayMs = oneWayMs;
  });
  from.on('end', () => setTimeout(() => to.end(), oneWayMs));
}
