// The container images of every engine: no registry can be reached, so they are built from a static busybox.
import { quoted } from '../quoted.ts';

const WEB_ROOT = '/usr/share/nginx/html';

/** Says that it is busybox: what answers here is not nginx. */
const PAGE =
  "<!DOCTYPE html><title>Welcome to nginx!</title><h1>Welcome to nginx!</h1><p>As busybox serves it in belt's sandbox.</p>\n";

/** As process 1 it would ignore the signal by which Docker stops it. */
const SERVE = `#!/bin/sh
trap 'kill $! 2> /dev/null; exit 0' TERM QUIT INT
httpd -f -vv -p "\${1:-80}" -h ${WEB_ROOT} &
wait
`;

/** Each word in hexadecimal on a line of its own: nothing that a word can hold looks like something else. */
const ARGDUMP = `#!/bin/sh
for word; do printf %s "$word" | od -An -v -tx1 | tr -d ' \\n'; echo; done
`;

/** What people type in a container. Every file counts: each droplet gets its own. */
const APPLETS =
  'sh ash cat cp cut date dd df echo env false find free grep head hostname httpd id ip kill ls md5sum mkdir mount mv nc nslookup od ping printf ps pwd rm sed seq sha256sum sleep sort tail tar tee test top touch tr true uname vi wc wget whoami yes';

const write = (path: string, text: string) => `printf %s ${quoted(text)} > ${path}`;

/** A script for a machine without a network that has a Docker: it imports them there. */
export const IMPORT_CONTAINERS = `set -eu
mkdir -p /tmp/image && cd /tmp/image
mkdir -p bin etc tmp var usr/bin .${WEB_ROOT}
cp /usr/bin/busybox bin/busybox
for name in ${APPLETS}; do ln -s busybox bin/$name; done
echo root:x:0:0:root:/root:/bin/sh > etc/passwd
echo root:x:0: > etc/group
${write('bin/serve', SERVE)}
${write('bin/argdump', ARGDUMP)}
${write(`.${WEB_ROOT}/index.html`, PAGE)}
chmod +x bin/serve bin/argdump
tar -cf ../image.tar .
dockerd --iptables=false --bridge=none > /tmp/dockerd.log 2>&1 &
until docker version > /dev/null 2>&1; do kill -0 $! || { tail -n 3 /tmp/dockerd.log >&2; exit 1; }; sleep 0.1; done
docker import -c 'CMD ["/bin/serve"]' -c 'EXPOSE 80' ../image.tar nginx:latest
docker import -c 'ENTRYPOINT ["/bin/argdump"]' ../image.tar argdump:latest
kill $!
wait $! || :
`;
