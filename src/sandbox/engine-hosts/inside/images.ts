// The container images of every engine: no registry can be reached, so they are made of a static busybox.
import { SCRIPTS } from './services.ts';

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

/** Runs on a machine without a network when the sandbox starts; its /var/lib/docker becomes every droplet's. */
export const MAKE_IMAGES = `#!/bin/sh
set -eu
dockerd > /var/log/docker.log 2>&1 &
mkdir -p /root/image && cd /root/image
mkdir -p bin etc tmp var usr/bin .${WEB_ROOT}
cp /usr/bin/busybox bin/busybox
for name in ${APPLETS}; do ln -s busybox bin/$name; done
echo 'root:x:0:0:root:/root:/bin/sh' > etc/passwd
echo 'root:x:0:' > etc/group
cp ${SCRIPTS}/image/serve ${SCRIPTS}/image/argdump bin/
cp ${SCRIPTS}/image/index.html .${WEB_ROOT}/
tar -cf ../image.tar .
until docker version > /dev/null 2>&1; do kill -0 $!; sleep 0.05; done
docker import -c 'CMD ["/bin/serve"]' -c 'EXPOSE 80' ../image.tar nginx:latest
docker import -c 'ENTRYPOINT ["/bin/argdump"]' ../image.tar argdump:latest
kill $! && wait $! || :
echo made > /root/made
sync
/usr/bin/busybox poweroff -f
`;

/** Where each file is on a droplet, below /usr. */
export const IMAGE_FILES: Record<string, string> = {
  'lib/sandbox/image/serve': SERVE,
  'lib/sandbox/image/argdump': ARGDUMP,
  'lib/sandbox/image/index.html': PAGE,
  'lib/sandbox/make-images': MAKE_IMAGES,
};
