// node relay.mjs HOST PORT ROUND_TRIP_MS — a port on HOST that leads to HOST:PORT as if that were so far away; prints its
// number. A process of its own, since the one that times commands waits for them.
import net from 'node:net';

const [host, port, roundTripMs] = process.argv.slice(2);
const oneWayMs = Number(roundTripMs) / 2;

const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
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
});
server.listen(0, host, () => process.stdout.write(`${server.address().port}\n`));

/** Hands every piece on after the delay; the first one has had its own while the connection came to be. */
function carry(from, to, firstDelayMs) {
  let delayMs = firstDelayMs;
  from.on('data', (bytes) => {
    setTimeout(() => to.write(bytes), delayMs);
    delayMs = oneWayMs;
  });
  from.on('end', () => setTimeout(() => to.end(), oneWayMs));
}
