// The `cloud-init` command of an engine droplet: what its stages (services.ts) noted, in cloud-init's words.

import { PAUSE } from './services.ts';

export const CLOUD_INIT = `#!/bin/bash
# Belt's sandbox does what cloud-init does on a droplet; this answers for it.
if [ "$1" != status ]; then
  echo "cloud-init: '$1' is not there in belt's sandbox" >&2
  exit 2
fi
shift
wait= long= json=
for word; do
  case $word in
    -w|--wait) wait=1 ;;
    -l|--long) long=1 ;;
    --format=json|json) json=1 ;;
    --format|--format=tabular|tabular) ;;
    *) echo "cloud-init status: error: unrecognized arguments: $word" >&2; exit 2 ;;
  esac
done
${PAUSE}
look() { now='not started'; [ -e /run/cloud-init/state ] && read -r now < /run/cloud-init/state; }
look
dots=
while [ -n "$wait" ] && [ "$now" = running ]; do
  [ -n "$json" ] || { printf .; dots=1; }
  pause 0.1
  look
done
[ -n "$dots" ] && echo
# Each line of the file is a failure, in words that hold neither quotes nor backslashes.
errors=
[ -e /var/lib/cloud/instance/errors ] && errors=$(sed 's/.*/"&"/' /var/lib/cloud/instance/errors | paste -sd, -)
if [ -n "$json" ]; then
  cat << END
{
  "boot_status_code": "enabled-by-generator",
  "datasource": "digitalocean",
  "detail": "DataSourceDigitalOcean",
  "errors": [$errors],
  "extended_status": "$now",
  "recoverable_errors": {},
  "schemas": {},
  "status": "$now"
}
END
else
  echo "status: $now"
  if [ -n "$long" ]; then
    echo "extended_status: $now"
    echo 'boot_status_code: enabled-by-generator'
    echo 'detail: DataSourceDigitalOcean'
    echo "errors: [$errors]"
    echo 'recoverable_errors: {}'
  fi
fi
[ "$now" != error ]
`;
