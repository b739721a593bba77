// The words of `belt sandbox`.
import { type Command, Option } from 'commander';
import { add, collect, examples, group, number, type Start } from './shape.ts';

export function declareSandbox(program: Command, start: Start): void {
  const sandbox = group(program, 'sandbox', 'an embedded DigitalOcean to try, test and measure with');
  examples(sandbox, [['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it']]);
  declareStart(sandbox, start);
  examples(
    named(sandbox, 'stop', 'stop it and remove all its droplets').action((options, command) =>
      start(command, async (context) => (await import('../commands/sandbox/stop.ts')).sandboxStop(context, options)),
    ),
    [['belt sandbox stop', '']],
  );
  examples(
    add(sandbox, 'doctor', 'whether engine hosts can run here, and what is missing').action((_options, command) =>
      start(command, async (context) => (await import('../commands/sandbox/doctor.ts')).sandboxDoctor(context)),
    ),
    [['belt sandbox doctor', '']],
  );
  declareImages(sandbox, start);
  examples(
    add(sandbox, 'clean', 'remove what killed sandboxes left behind').action((_options, command) =>
      start(command, async (context) => (await import('../commands/sandbox/clean.ts')).sandboxClean(context)),
    ),
    [['belt sandbox clean', '']],
  );
  examples(
    named(sandbox, 'status', 'its droplets, and the API requests so far').action((options, command) =>
      start(command, async (context) =>
        (await import('../commands/sandbox/status.ts')).sandboxStatus(context, options),
      ),
    ),
    [['belt sandbox status --json', '']],
  );
  examples(
    named(sandbox, 'env', 'print shell lines that point belt (or doctl, Terraform …) at it')
      .option('--unset', 'print shell lines that restore the variables as they were before')
      .addOption(new Option('--shell <name>', 'sh is for bash and zsh too').choices(['sh', 'fish']))
      .action((options, command) =>
        start(command, async (context) => (await import('../commands/sandbox/env.ts')).sandboxEnv(context, options)),
      ),
    [
      ['eval "$(belt sandbox env)"', ''],
      ['eval "$(belt sandbox env --unset)"', 'back to the real account'],
      ['belt sandbox env --shell fish | source', 'the same in fish'],
    ],
  );
}

function declareImages(sandbox: Command, start: Start): void {
  const image = group(sandbox, 'image', 'the images that engine hosts boot from');
  examples(image, [['belt sandbox image build', 'what sandbox start would build first']]);
  const images = () => import('../commands/sandbox/images.ts');
  examples(
    add(image, 'build', 'build what is missing or outdated').action((_options, command) =>
      start(command, async (context) => (await images()).imageBuild(context)),
    ),
    [['belt sandbox image build', '']],
  );
  examples(
    add(image, 'ls', 'list their layers, with their sizes').action((_options, command) =>
      start(command, async (context) => (await images()).imageLs(context)),
    ),
    [['belt sandbox image ls --json', '']],
  );
  examples(
    add(image, 'rm', 'remove them all').action((_options, command) =>
      start(command, async (context) => (await images()).imageRm(context)),
    ),
    [['belt sandbox image rm', '']],
  );
}

function declareStart(sandbox: Command, start: Start): void {
  examples(
    named(sandbox, 'start', 'start one in the background')
      .option('--boot-seconds <mean>', 'how long droplets take to become active', number, 2)
      .option('--api-latency <ms>', 'how long each API request takes', number, 20)
      .option('--list-lag <seconds>', 'how far lists of droplets may lag behind, at most', number, 2)
      .option('--seed <n>', 'the same seed gives the same times and ids', number, 1)
      .option(
        '--fault <spec>',
        'something to break, KIND[=COUNT][@WHERE]; an unknown KIND lists them all; repeatable',
        collect,
      )
      .option('--droplet-limit <n>', 'how many droplets the account may have', number, 1000)
      .option(
        '--rate-limit <minute/hour>',
        'API requests a minute and an hour; /N more: lists of keys a minute',
        '250/5000',
      )
      .addOption(
        new Option('--droplets <n>', 'droplets that exist from the start, without hosts').argParser(number).default(0),
      )
      .addOption(
        new Option('--hosts <kind>', 'what droplets are: engine runs a real dockerd on each (Linux, root)')
          .choices(['simulated', 'engine', 'booted'])
          .default('simulated'),
      )
      .action((options, command) =>
        start(command, async (context) =>
          (await import('../commands/sandbox/start.ts')).sandboxStart(context, options),
        ),
      ),
    [
      ['belt sandbox start && eval "$(belt sandbox env)"', 'then belt talks to it'],
      [
        'belt sandbox start --hosts engine',
        'droplets with a real Docker; belt sandbox doctor says whether they can run',
      ],
      ['belt sandbox start --boot-seconds 30 --api-latency 150', 'as slow as the real one'],
      ['belt sandbox start --fault errored@node3 --fault 429=20', 'with a failing droplet and a burst of 429s'],
      ['belt sandbox start --fault no-ssh@node2 --fault engine-late=30@node3', 'with hosts that misbehave'],
    ],
  );
}

const named = (sandbox: Command, words: string, description: string): Command =>
  add(sandbox, words, description).option('--name <name>', 'which sandbox, where several run', 'default');
