// Small stacks with the features that public stack files have; docker's own client takes each of them.

/** The files that they refer to. */
export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  'conf/app.conf': 'listen 80\n',
  'secret.txt': 'made up for this test',
  'app.env': 'FROM_FILE=one\nOVER=file\n# a comment\n\nPLAIN=with spaces\n',
  'more.env': 'OVER=more\nSECOND=2\n',
};

export const SAMPLES: Readonly<Record<string, string>> = {
  'a plain service': `
services:
  web: {image: "nginx:1.27", ports: ["80:80", "8443:443/tcp"]}
`,
  'short ports': `
version: "3.8"
services:
  web:
    image: nginx:1.27
    ports: ["8080-8082:80-82", "53:53/udp", "90", "100-101", 3000, "0.0.0.0:99:99"]
`,
  'a range of ports that lead to one': `
services:
  web: {image: "a:1", ports: ["8000-8002:70", "127.0.0.1:9000-9001:71/udp", "0:72"]}
`,
  'long ports': `
services:
  web:
    image: nginx:1.27
    ports:
      - {target: 80, published: 8080, protocol: tcp, mode: host}
      - {target: 81, published: 8081}
      - {target: 82}
`,
  volumes: `
services:
  web:
    image: nginx:1.27
    volumes:
      - data:/data:ro,nocopy
      - outside:/outside
      - called:/called
      - nfs:/nfs
      - ./html:/html
      - /var/run/docker.sock:/var/run/docker.sock:ro,rslave
      - ~/home:/in-home
      - /anonymous
      - {type: volume, source: data, target: /long, volume: {nocopy: true}}
      - {type: bind, source: ./html, target: /bound, read_only: true, bind: {propagation: rprivate}}
      - {type: tmpfs, target: /tmpfs, tmpfs: {size: 65536}}
      - {type: volume, target: /nameless}
volumes:
  data: {labels: {a: b}}
  outside: {external: true}
  called: {name: my-name}
  nfs: {driver: local, driver_opts: {type: nfs, o: "addr=192.0.2.1,rw", device: ":/exports", n: 5}}
`,
  networks: `
services:
  web:
    image: nginx:1.27
    networks: [front, back]
  db:
    image: postgres:17
    networks:
      back: {aliases: [database, pg]}
      hostnet:
  alone: {image: "busybox:1.37"}
networks:
  front: {driver: overlay, attachable: true, labels: [a=b], driver_opts: {encrypted: ""}}
  back: {internal: true, ipam: {driver: default, config: [{subnet: 10.11.0.0/24}]}}
  hostnet: {external: true, name: host}
  unused: {}
`,
  'networks of other stacks': `
services:
  web: {image: "nginx:1.27", networks: [proxy, old, default]}
networks:
  proxy: {external: true}
  old: {external: {name: the-old-form}}
  default: {name: my-default}
`,
  'configs and secrets': `
services:
  web:
    image: nginx:1.27
    configs:
      - app
      - {source: app, target: /etc/app.conf, uid: "33", gid: "33", mode: 0440}
      - theirs
    secrets:
      - password
      - {source: password, target: again, mode: 256}
      - {source: plugged}
configs:
  app: {file: ./conf/app.conf, labels: {x: "1"}}
  theirs: {external: true, name: theirs-v2}
  templated: {file: conf/app.conf, template_driver: golang, name: app-templated}
secrets:
  password: {file: secret.txt}
  plugged: {driver: vault, driver_opts: {path: a/b}}
`,
  environment: `
services:
  map:
    image: busybox:1.37
    env_file: [app.env, more.env]
    environment: {OVER: own, NUMBER: 1.10, OCTAL: 0123, HEX: 0x1F, BIG: 12345678901234567890, EXP: 1e3, YES: yes, TIME: "22:22", EMPTY: "", DOLLAR: "a$$b", UNDER: 1_000, SMALL: 0.00001, Z: ~}
  list:
    image: busybox:1.37
    env_file: app.env
    environment: [OVER=own, "WITH=a=b", NOT_SET_ANYWHERE, EMPTY=]
`,
  variables: `
services:
  web:
    image: \${REPOSITORY:-nginx}:\${TAG-1.27}
    hostname: $\{NOTHING:-}web
    environment: {A: "\${HOME:?needed}", B: "$$HOME"}
    deploy: {replicas: "\${MANY:-3}", resources: {limits: {cpus: "\${CPUS:-0.25}"}}}
`,
  'anchors and merge keys': `
x-common: &common
  image: busybox:1.37
  deploy: &deploy {replicas: 2, restart_policy: {condition: on-failure}}
x-logging: &logging {logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}}
services:
  a: {<<: *common, command: sleep 1000}
  b:
    <<: [*common, *logging]
    deploy: {<<: *deploy, replicas: 3}
`,
  commands: `
services:
  text: {image: "busybox:1.37", command: 'sh -c "echo \\"hello  there\\" && sleep 10" # not this', entrypoint: /entry  --flag ''}
  list: {image: "busybox:1.37", command: ["sh", "-c", "echo $$HOME"], entrypoint: []}
`,
  deploy: `
services:
  web:
    image: nginx:1.27
    deploy:
      mode: replicated
      replicas: 4
      endpoint_mode: dnsrr
      labels: {traefik.enable: "true", n: 5}
      placement:
        constraints: [node.role == worker, "node.labels.disk==ssd"]
        preferences: [{spread: node.labels.zone}]
        max_replicas_per_node: 2
      resources:
        limits: {cpus: "1.5", memory: 1.5g, pids: 100}
        reservations: {cpus: "0.25", memory: 64M, generic_resources: [{discrete_resource_spec: {kind: gpu, value: 2}}]}
      restart_policy: {condition: on-failure, delay: 5s, max_attempts: 3, window: 2m}
      update_config: {parallelism: 2, delay: 10s, failure_action: rollback, monitor: 1m, max_failure_ratio: 0.3, order: start-first}
      rollback_config: {parallelism: 0, order: stop-first, failure_action: continue}
`,
  'modes and jobs': `
services:
  everywhere: {image: "busybox:1.37", deploy: {mode: global}}
  job: {image: "busybox:1.37", deploy: {mode: replicated-job, replicas: 3, restart_policy: {condition: none}}}
  jobs: {image: "busybox:1.37", deploy: {mode: global-job}}
  none: {image: "busybox:1.37", deploy: {replicas: 0}}
`,
  'old restart policies': `
services:
  a: {image: "busybox:1.37", restart: always}
  b: {image: "busybox:1.37", restart: "on-failure:3"}
  c: {image: "busybox:1.37", restart: unless-stopped}
  d: {image: "busybox:1.37", restart: "no"}
  e: {image: "busybox:1.37", restart: always, deploy: {restart_policy: {condition: none}}}
`,
  healthchecks: `
services:
  text: {image: "busybox:1.37", healthcheck: {test: curl -f localhost, interval: 1m30s, timeout: 500ms, retries: 3, start_period: 1h, start_interval: 2s}}
  list: {image: "busybox:1.37", healthcheck: {test: [CMD, "true"], interval: 1.5s}}
  off: {image: "busybox:1.37", healthcheck: {disable: true}}
  none: {image: "busybox:1.37", healthcheck: {test: [NONE]}}
`,
  'the container': `
services:
  web:
    image: nginx:1.27
    hostname: web-1
    user: "1000:1000"
    working_dir: /srv
    tty: true
    stdin_open: true
    read_only: true
    init: true
    stop_grace_period: 1m
    stop_signal: SIGQUIT
    isolation: default
    labels: [a=1, b, "c=d=e"]
    extra_hosts: ["db:192.0.2.7", "six:::1"]
    dns: [192.0.2.53, 192.0.2.54]
    dns_search: example.org
    sysctls: {net.core.somaxconn: 1024, net.ipv4.tcp_syncookies: "0"}
    ulimits: {nofile: 1024, nproc: {soft: 10, hard: 20}}
    cap_add: [NET_ADMIN, sys_ptrace]
    cap_drop: [ALL]
    logging: {driver: syslog, options: {syslog-address: "udp://192.0.2.9:514", n: 1}}
  turned: {image: "busybox:1.37", extra_hosts: {b: 192.0.2.2, a: 192.0.2.1}, init: false, sysctls: [net.core.somaxconn=5], labels: {n: 1.10, t: 'x'}}
`,
};
