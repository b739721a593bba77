// Docker's own apt repository, as far as it can be had without Docker: the distribution's packages under the names and
// versions that Docker gives its own, signed with a key that is made for the purpose.
import { quoted } from '../quoted.ts';

/** Which engines each release of the distribution is offered, by where they come from. A package runs on what is newer. */
const OFFERED = { bookworm: 'bookworm trixie', trixie: 'trixie forky', forky: 'forky trixie' } as const;

/** The number by which Docker's versions name a release. */
const NUMBERS = { bookworm: '12', trixie: '13', forky: '14' } as const;

/** The names at which droplets find what the sandbox serves over TLS. */
export const SERVED = ['download.docker.com', 'get.docker.com'] as const;

const AUTHORITY = `set -eu
apt-get -q -y install gpg-agent
mkdir -p /tmp/made && cd /tmp/made
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=belt sandbox' -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj '/CN=${SERVED[0]}' -keyout tls.key -out tls.csr
printf 'subjectAltName=${SERVED.map((name) => `DNS:${name}`).join(',')}\\n' > names
openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile names -out tls.crt
export GNUPGHOME=/tmp/gnupg && mkdir -m 700 $GNUPGHOME
gpg --batch --quiet --passphrase '' --quick-gen-key 'Docker packages of a sandbox <sandbox@invalid>' rsa3072 sign never
gpg --armor --export > gpg
`;

const SIGN = `set -eu
export GNUPGHOME=/tmp/gnupg
cd /tmp/dists && for suite in *; do gpg --batch --clearsign -o $suite/InRelease $suite/Release; done
`;

/** A certificate for the names, and the authority that droplets trust; nobody keeps that one's key. */
export const CERTIFICATES = `
in_root sh -c ${quoted(AUTHORITY)} > log 2>&1 || { tail -n 5 log >&2; exit 1; }
mkdir tls repository
mv root/tmp/made/tls.key root/tmp/made/tls.crt root/tmp/made/ca.crt tls/
mv root/tmp/made/gpg repository/gpg
rm -r root/tmp/made log
`;

const FUNCTIONS = `
upstream() { dpkg-deb -f "$1" Version | sed 's/^[0-9]*://; s/[+~-].*//'; }
deb() { set -- "$(layer docker-$1)"/debs/$2_*.deb; [ -e "$1" ] && echo "$1"; }
unpack() {
  file=$(deb $1 $2) || { echo "there is no $2 of $1" >&2; return 1; }
  rm -rf control
  dpkg-deb -x "$file" packed
  dpkg-deb -e "$file" control
}
# NAME VERSION DEPENDS
pack() {
  mkdir -p packed/DEBIAN "$pool"
  rm -rf packed/usr/share/doc packed/usr/share/man packed/usr/share/lintian
  {
    echo "Package: $1"
    echo "Version: $2"
    echo "Architecture: $arch"
    echo 'Maintainer: a sandbox of belt <sandbox@invalid>'
    [ -z "$3" ] || echo "Depends: $3"
    echo 'Conflicts: docker.io, docker-cli, containerd, runc'
    echo 'Replaces: docker.io, docker-cli, containerd, runc'
    echo 'Description: a package of the distribution under the name that Docker gives its own'
  } > packed/DEBIAN/control
  dpkg-deb --root-owner-group -Zgzip -z1 -b packed "$pool/$1_$(echo "$2" | sed 's/^[0-9]*://')_$arch.deb" > /dev/null
  rm -rf packed
}
depends() {
  dpkg-deb -f "$1" Depends | tr ',' '\\n' | sed 's/^ *//' | grep -vE '^(containerd|runc|tini|tini-static)( |$)' | paste -sd,
}
scripts() { for one in postinst postrm prerm conffiles; do [ ! -e control/$one ] || mv control/$one packed/DEBIAN/; done; }
`;

const repack = (suite: keyof typeof OFFERED): string => `
suite=${suite} pool=repository/pool/${suite}
for from in ${OFFERED[suite]}; do
  version="5:$(upstream "$(deb $from docker.io)")-1~debian.${NUMBERS[suite]}~$suite"
  if deb $from tini-static > log; then unpack $from tini-static; else unpack $from tini; fi
  rm -f log packed/usr/bin/tini
  unpack $from docker.io
  mkdir -p packed/DEBIAN client/usr/bin
  scripts
  if [ -e packed/usr/bin/docker ]; then mv packed/usr/bin/docker client/usr/bin/; fi
  pack docker-ce "$version" "$(depends "$(deb $from docker.io)"), containerd.io, docker-ce-cli"
  mv client packed
  [ -e packed/usr/bin/docker ] || unpack $from docker-cli
  pack docker-ce-cli "$version" 'libc6'
done
unpack $suite containerd
mkdir -p packed/DEBIAN
scripts
unpack $suite runc
pack containerd.io "$(upstream "$(deb $suite containerd)")-1" 'libc6, libseccomp2'
# bookworm's own compose is another program, and it has no buildx.
with=$suite
[ $suite = bookworm ] && with=trixie
unpack $with docker-compose
pack docker-compose-plugin "$(upstream "$(deb $with docker-compose)")-1~debian.${NUMBERS[suite]}~$suite" 'libc6'
unpack $with docker-buildx
pack docker-buildx-plugin "$(upstream "$(deb $with docker-buildx)")-1~debian.${NUMBERS[suite]}~$suite" 'libc6'
`;

const index = `
for suite in ${Object.keys(OFFERED).join(' ')}; do
  dists=root/tmp/dists/$suite
  mkdir -p $dists/stable/binary-$arch
  for file in repository/pool/$suite/*.deb; do
    dpkg-deb -f "$file"
    echo "Filename: \${file#repository/}"
    echo "Size: $(stat -c %s "$file")"
    echo "SHA256: $(sha256sum "$file" | cut -d' ' -f1)"
    echo
  done > $dists/stable/binary-$arch/Packages
  list=$dists/stable/binary-$arch/Packages
  {
    printf 'Origin: Docker\\nLabel: Docker CE\\nSuite: %s\\nCodename: %s\\nArchitectures: %s\\nComponents: stable\\n' $suite $suite $arch
    echo "Date: $(date -u '+%a, %d %b %Y %H:%M:%S UTC')"
    echo SHA256:
    echo " $(sha256sum $list | cut -d' ' -f1) $(stat -c %s $list) stable/binary-$arch/Packages"
  } > $dists/Release
done
in_root sh -c ${quoted(SIGN)}
mv root/tmp/dists repository/dists
rm -rf root/tmp/gnupg
`;

/** The packages, repacked and listed. */
export const PACKAGES = [
  'arch=$(dpkg --print-architecture)',
  FUNCTIONS,
  ...(Object.keys(OFFERED) as (keyof typeof OFFERED)[]).map(repack),
  index,
].join('\n');
