import { command, type OptionsFor } from '../cli/command.ts';
import { removing } from '../cli/options.ts';
import { type PlanOptions, plan } from '../reconcile/plan.ts';

export default command({
  summary: 'show what up would do to the cluster in .belt.yaml, with the price',
  options: removing satisfies OptionsFor<PlanOptions>,
  examples: [
    ['belt plan', 'exit code 0: nothing to do, 4: changes or differences'],
    ['belt plan --json', 'for programs'],
  ],
  run: (context, _given, options) => plan(context, options),
});
