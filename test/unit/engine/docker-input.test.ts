import { describe, expect, test } from 'vitest';
import { asksForTerminal, type DockerInput, dockerInput } from '../../../src/engine/docker-input.ts';
import { readDockerLine } from '../../../src/engine/docker-line.ts';

const inputOf = (line: string): DockerInput => dockerInput(readDockerLine(line.split(' ').filter(Boolean)));

const UNREAD = `
ps
ps -q
ps -aq --filter name=-i
container ls
container list
container ps
-H ssh://elsewhere ps
--context other ps
-c other ps
-l debug ps
--log-level=debug -D ps
--config /x ps
--tls ps
version
-v
--version
info
help
help run
run --help
run -i --help nginx
rm web
rm -f web
rm -fv web
container rm web
rmi nginx
images
run nginx
run nginx -i
run nginx sh -c cat -i
run -t nginx
run -d nginx
run -di nginx
run -itd nginx
run -i -d=true nginx
run -i=false nginx
run --interactive=false nginx
run --name -i nginx
run --name=-i nginx
run -e -i nginx
run -e-i nginx
run --env -it nginx
run -h -i nginx
run -v -i:/x nginx
run -a stdout -i nginx
run --attach=stderr nginx
run --rm --network none nginx cat -
exec web cat
exec web cat -i
exec -t web ls
exec -di web ls
exec -u -i web ls
create -i nginx
create -it nginx
start web
start -a web
logs -f web
logs -ft --tail 10 web
top web -i
events
stats
wait web
attach --no-stdin web
cp web:/x y
cp y web:/x
cp web:/x -
load -i image.tar
load --input=image.tar
image load -qi image.tar
import image.tar
import https://example.com/x.tar name
save nginx
save -o x nginx
build .
build -t x .
build -f Dockerfile .
build -t - .
pull nginx
push nginx
push --disable-content-trust nginx
stack deploy -c stack.yml app
stack deploy --compose-file=a.yml,b.yml app
stack ls
stack rm app
secret create db file
secret create db
secret create -l - db
secret ls
config create c file
config inspect -f - c
login -u me -p pw
login -u me -p pw registry.example.com
logout
prune
system prune -f
system prune -af
system prune --force --volumes
container prune -f
image prune -af
volume prune --force
network prune -f
builder prune -f
network rm web
network rm -f ingress
plugin install --grant-all-permissions x
plugin ls
service create nginx
service create -t nginx
service create nginx cat -
service update --force web
service logs -f web
node ls
swarm init
swarm join --token t 10.0.0.1:2377
swarm join-token worker
swarm unlock-key
swarm leave
swarm ca
context import name file
context ls
trust inspect nginx
trust revoke -y nginx
tag a b
kill -s INT web
inspect -f - web
search nginx
`;

const READ = `
run -i nginx | stream
run -i nginx -d | stream
run --interactive nginx | stream
run --rm -i nginx cat | stream
run -e X=1 -i nginx | stream
run -qi nginx | stream
run -iP nginx | stream
run -i --env-file x nginx | stream
run -i=true nginx | stream
run -i -d=false nginx | stream
run -a stdin nginx | stream
run -a STDIN -a stdout nginx | stream
run --attach=stdin,stdout nginx | stream
run -it nginx | terminal
run -ti nginx | terminal
run -i -t nginx | terminal
run --tty --interactive nginx | terminal
run --net host -it nginx | terminal
run --no-such-option nginx | stream
ps --no-such-option | stream
-D run -i nginx | stream
-H ssh://other run -it nginx | terminal
container run -i nginx | stream
exec -i web cat | stream
exec -it web sh | terminal
exec --interactive --tty web sh | terminal
exec -u root -i web sh | stream
container exec -i web sh | stream
start -i web | terminal
start -ai web | terminal
start --attach --interactive web | terminal
attach web | terminal
container attach web | terminal
attach --no-stdin=false web | terminal
load | terminal
load -q | terminal
image load | terminal
load -i - | terminal
load -i /dev/stdin | terminal
import - | terminal
import - name:tag | terminal
image import -c CMD=x - | terminal
import /dev/stdin | terminal
build - | terminal
build -t x - | terminal
build -f - . | terminal
build --file=- . | terminal
image build - | terminal
builder build - | terminal
cp - web:/x | terminal
container cp -a - web:/x | terminal
stack deploy -c - app | terminal
stack deploy -c a.yml -c - app | terminal
stack deploy --compose-file=a.yml,- app | terminal
stack up -c - app | terminal
stack deploy -c /dev/stdin app | terminal
stack config -c - | terminal
secret create db - | terminal
secret create -l a=b db - | terminal
secret create db /dev/stdin | terminal
config create c - | terminal
run --env-file /dev/stdin nginx | terminal
create --env-file=/dev/stdin nginx | terminal
service create --env-file /dev/stdin nginx | terminal
login | terminal
login -u me | terminal
login --password-stdin -u me | terminal
login registry.example.com | terminal
system prune | terminal
system prune -a | terminal
system prune --force=false | terminal
container prune | terminal
image prune -a | terminal
volume prune --filter label=-f | terminal
network prune | terminal
builder prune | terminal
network rm ingress | terminal
plugin install vieux/sshfs | terminal
plugin upgrade vieux/sshfs | terminal
plugin upgrade --grant-all-permissions vieux/sshfs x/y | terminal
plugin upgrade --grant-all-permissions --skip-remote-check vieux/sshfs x/y | none
swarm unlock | terminal
context import name - | terminal
trust sign nginx:1 | terminal
trust revoke nginx | terminal
push --disable-content-trust=false nginx | terminal
compose up | terminal
compose ps | terminal
buildx ls | terminal
frobnicate | terminal
container frobnicate | terminal
system dial-stdio | stream
`;

const rows = (text: string): string[] => text.trim().split('\n');

describe('docker reads no stdin for', () => {
  // Of a group and a wrong word docker prints the help; nothing is known here of what is not in its table.
  test.each(rows(UNREAD).filter((line) => line !== 'prune'))('docker %s', (line) => expect(inputOf(line)).toBe('none'));
});

describe('docker may read stdin for', () => {
  test.each(rows(READ).map((row) => row.split(' | ') as [string, DockerInput]))('docker %s: %s', (line, input) =>
    expect(inputOf(line)).toBe(input),
  );
});

test.each([
  ['run -t nginx', true],
  ['run -it nginx', true],
  ['exec -t web ls', true],
  ['run -t=false nginx', false],
  ['run nginx -t', false],
  ['service create -t nginx', false],
  ['logs -t web', false],
  ['build -t x .', false],
])('docker %s asks for a terminal: %s', (line, asks) =>
  expect(asksForTerminal(readDockerLine(line.split(' ')))).toBe(asks),
);
