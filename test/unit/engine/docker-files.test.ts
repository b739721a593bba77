import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Here, ofTheNode } from '../../../src/engine/docker-files.ts';
import { readDockerLine } from '../../../src/engine/docker-line.ts';

const here: Here = {
  cwd: '/work/app',
  home: '/home/me',
  exists: (path) => ['/work/app', '/work/app/data', '/home/me/data', '/srv/data'].includes(path),
  isSet: (name) => ['TOKEN', 'HOME'].includes(name),
};
const found = (line: string) => ofTheNode(readDockerLine(line.split(' ').filter(Boolean)), here);

const MEANT_HERE = `
cp web:/x out.txt | would write out.txt on the node | belt docker cp web:/x - | tar -x
cp web:/x . | would write . on the node
cp web:/x /root/out.txt | would write /root/out.txt on the node
cp web:/x ./a:b | would write ./a:b on the node
cp -a web:/x -- out | would write out on the node
container cp web:/x out | would write out on the node
cp out.txt web:/x | would read out.txt on the node | tar -c out.txt | belt docker cp - web:/x
cp /etc/hosts web:/x | would read /etc/hosts on the node
cp /odd:name web:/x | would read /odd:name on the node
save -o nginx.tar nginx | would write nginx.tar on the node | belt docker save nginx > nginx.tar
save nginx -o=nginx.tar | would write nginx.tar on the node
save --output nginx.tar nginx alpine | would write nginx.tar on the node | belt docker save nginx alpine > nginx.tar
image save -onginx.tar nginx | would write nginx.tar on the node
export -o web.tar web | would write web.tar on the node | belt docker export web > web.tar
load -i nginx.tar | would read nginx.tar on the node | belt docker load < nginx.tar
load -qi nginx.tar | would read nginx.tar on the node
image load --input=/tmp/nginx.tar | would read /tmp/nginx.tar on the node
import web.tar web:1 | would read web.tar on the node | belt docker import - web:1 < web.tar
build . | would read . on the node | tar -C . -c . | belt docker build -
build -t x . | would read . on the node
build -f docker/Dockerfile . | would read . on the node | tar -C . -c . | belt docker build -f docker/Dockerfile -
image build /src | would read /src on the node
build - --iidfile id | would write id on the node
build --secret id=a,src=key - | would read key on the node
build -o out - | would write out on the node
build --output type=local,dest=out - | would write out on the node
build --build-arg TOKEN - | would read TOKEN from the node's environment | --build-arg TOKEN="$TOKEN"
buildx build . | would read . on the node
buildx b -t x --push . | would read . on the node
buildx bake | would read docker-bake.hcl on the node
stack deploy -c stack.yml app | would read stack.yml on the node | belt docker stack deploy -c - app < stack.yml
stack deploy -c - -c more.yml app | would read more.yml on the node
stack deploy --compose-file=a.yml,b.yml app | would read a.yml on the node
stack up -c stack.yml app | would read stack.yml on the node
stack config -c stack.yml | would read stack.yml on the node
run --env-file web.env nginx | would read web.env on the node | --env-file /dev/stdin < web.env
create --env-file=web.env nginx | would read web.env on the node
exec --env-file web.env web ls | would read web.env on the node
service create --env-file web.env nginx | would read web.env on the node
run --cidfile id nginx | would write id on the node
run --label-file labels nginx | would read labels on the node
run --security-opt seccomp=p.json nginx | would read p.json on the node
run -v ./data:/x nginx | would mount ./data of the node
run -v .:/x nginx | would mount . of the node
run -v ../data:/x:ro nginx | would mount ../data of the node
run -v /work/app:/x nginx | would mount /work/app of the node
run -v /work/app/data:/x nginx | would mount /work/app/data of the node
run -v /home/me/data:/x nginx | would mount /home/me/data of the node
run --volume=/work/app:/x nginx | would mount /work/app of the node
run --mount type=bind,src=./data,dst=/x nginx | would mount ./data of the node
run --mount target=/x,source=/work/app,type=bind nginx | would mount /work/app of the node
service create --mount type=bind,source=/work/app,target=/x nginx | would mount /work/app of the node
service update --mount-add type=bind,source=/work/app,target=/x web | would mount /work/app of the node
run -e TOKEN nginx | would read TOKEN from the node's environment | -e TOKEN="$TOKEN"
run -eTOKEN nginx | would read TOKEN from the node's environment
exec -e TOKEN web env | would read TOKEN from the node's environment
service create --env TOKEN nginx | would read TOKEN from the node's environment
service update --env-add TOKEN web | would read TOKEN from the node's environment
secret create db db.txt | would read db.txt on the node | belt docker secret create db - < db.txt
secret create -l a=b db db.txt | would read db.txt on the node
config create c c.conf | would read c.conf on the node | belt docker config create c - < c.conf
config create c /proc/self/fd/63 | would read /proc/self/fd/63 on the node
swarm ca --rotate --ca-cert ca.pem | would read ca.pem on the node
swarm init --external-ca protocol=cfssl,url=https://x,cacert=ca.pem | would read ca.pem on the node
plugin create p folder | would read folder on the node
context export c | would write c.dockercontext on the node | belt docker context export c - > c.dockercontext
context export c c.tar | would write c.tar on the node
context import c c.tar | would read c.tar on the node | belt docker context import c - < c.tar
context create c --docker host=tcp://x,ca=ca.pem | would read ca.pem on the node
trust key load key.pem | would read key.pem on the node
trust key generate me | would write me.pub on the node
--config cfg ps | would read cfg on the node
--tlscacert ca.pem ps | would read ca.pem on the node
compose up -d | would read compose.yaml on the node
compose -f c.yml up | would read c.yml on the node
compose -f - --env-file .env up | would read .env on the node
compose -p x up | would read compose.yaml on the node
-D load -i x | would read x on the node
-H tcp://other:2375 load -i x | would read x on the node
`;

const MEANT_THERE = `
ps
cp web:/x -
cp - web:/x
cp web:/x db:/y
cp --help
save nginx
save -o - nginx
save -o /dev/stdout nginx
export web
load
load -i /dev/stdin
load -i -
import -
import https://example.com/web.tar
build -
build -f Dockerfile -
build -f - https://github.com/x/y.git
build https://github.com/x/y.git#main
build git@github.com:x/y.git
build github.com/x/y
build --output type=registry,name=x -
build --build-arg VERSION=1 -
build --build-arg NOT_HERE -
buildx build --push -t x -
buildx ls
buildx bake -f -
stack deploy -c - app
stack ls
run nginx --env-file x
run --env-file /dev/stdin nginx
run -v data:/x nginx
run -v /srv/data:/x nginx
run -v /var/run/docker.sock:/var/run/docker.sock nginx
run -v /work/app/missing:/x nginx
run -v /work/apple:/x nginx
run -v /x nginx
run --mount type=volume,src=data,dst=/x nginx
run --mount type=bind,src=/srv/data,dst=/x nginx
run --mount src=./data,dst=/x nginx
run --security-opt seccomp=unconfined nginx
run --security-opt no-new-privileges nginx
run -e A=1 nginx
run -e TOKEN= nginx
run -e NOT_HERE nginx
run nginx sh -c ./x
exec web cp a b
service create -e A=1 nginx
service update --env-add A=1 web
secret create db -
secret create db /dev/stdin
secret create -d driver db
secret ls
config create c -
context export c -
context import c -
context ls
swarm ca --rotate
swarm init --external-ca protocol=cfssl,url=https://x
compose ls
compose version
compose -p x ps
compose -p x logs -f
compose -f - up -d
compose up --help
run --help -v ./x:/y
frobnicate ./x
`;

const rows = (text: string): string[] => text.trim().split('\n');

describe('a file, folder or variable of this machine is meant', () => {
  test.each(rows(MEANT_HERE).map((row) => row.split(' | ')))('docker %s %s', (line = '', deed, ...way) => {
    const [first] = found(line);
    expect(first?.deed).toBe(deed);
    if (way.length > 0) expect(first?.way).toBe(way.join(' | '));
  });
});

test.each([
  ['load -i x', true],
  ['run -e TOKEN nginx', true],
  ['compose up', true],
  ['--config cfg ps', true],
  ['run -v ./x:/x nginx', false],
  ['context import c c.tar', false],
  ['trust key load key.pem', false],
  ['--tlscacert ca.pem ps', false],
])('whether a docker here would find it here: %s', (line, isClients) => {
  expect(found(line)[0]?.isClients).toBe(isClients);
});

describe('nothing of this machine is meant', () => {
  test.each(rows(MEANT_THERE))('docker %s', (line) => expect(found(line)).toEqual([]));
});

test('a way to do it from here is quoted for a shell', () => {
  expect(ofTheNode(readDockerLine(['load', '-i', 'my file']), here)[0]?.way).toBe("belt docker load < 'my file'");
});

test.each(['constructor', 'valueOf', '__proto__', 'hasOwnProperty'])(
  'a word that every object has: docker %s',
  (word) => {
    expect(ofTheNode(readDockerLine([word, 'x']), here)).toEqual([]);
  },
);

test('no words make it fail', () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom('cp', 'run', 'build', '-v', '-', '--mount', 'stack', 'deploy', '-c', 'compose'),
  );
  fc.assert(fc.property(fc.array(word), (words) => Array.isArray(ofTheNode(readDockerLine(words), here))));
});
