import { expect, test } from 'vitest';
import { traceWords } from '../../../src/output/docker-trace.ts';

test.each([
  ['ps', 'docker ps'],
  ['login -u me -p hunter2 registry', 'docker login and 5 more arguments'],
  ['service create -e PASSWORD=hunter2 nginx', 'docker service create and 3 more arguments'],
  ['-H tcp://me:hunter2@h run --rm x', 'docker run and 4 more arguments'],
  ['--context hunter2 info', 'docker info and 2 more arguments'],
  ['Hunter2', 'docker and 1 more argument'],
  ['', 'docker'],
])('of docker %s the trace tells the command, and no value', (line, told) => {
  expect(traceWords(line.split(' ').filter(Boolean))).toBe(told);
});
