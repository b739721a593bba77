// Loaded into belt: it is killed once one of its requests that change something in the swarm is answered.
import http from 'node:http';

const CHANGES = /\/(services|configs|secrets|networks)(\/|$)/;
const { end } = http.ClientRequest.prototype;
let seen = 0;

http.ClientRequest.prototype.end = function (...words) {
  if (this.method !== 'GET' && CHANGES.test(this.path.split('?')[0]) && ++seen === Number(process.env.DIE_AT))
    this.once('response', () => process.kill(process.pid, 'SIGKILL'));
  return end.apply(this, words);
};
