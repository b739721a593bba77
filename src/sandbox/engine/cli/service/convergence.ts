// What `docker service create`, `scale` and `update` print while the tasks come up.

import { managed } from '../../api/guard.ts';
import { findService } from '../../api/services.ts';
import { satisfies } from '../../model/constraints.ts';
import type { Engine } from '../../model/engine.ts';
import { isLive, replicasOf, type Service, type Task } from '../../model/service.ts';
import { timings } from '../../timings.ts';
import type { CliProcess } from '../framework/process.ts';
import { progressLines } from './progressLines.ts';

/** Slots beyond so many have no line of their own. */
const MOST_LINES = 20;
const VERIFY_SECONDS = 5;
const LOOKS_A_SECOND = 5;

/** Prints until the service has what it was asked for and kept it for five of the command line's seconds. */
export async function waitForService(engine: Engine, process: CliProcess, name: string): Promise<void> {
  const id = findService(managed(engine).swarm, name).id;
  const lines = progressLines(process);
  const { world } = engine;
  let announced = false;
  let verified = 0;
  while (verified < VERIFY_SECONDS * LOOKS_A_SECOND) {
    const service = findService(managed(engine).swarm, id);
    const wanted = desired(engine, service);
    const current = [...service.tasks].filter((task) => isLive(task) && task.generation === service.generation);
    const running = current.filter(({ state }) => state === 'running').length;
    if (!announced) {
      await lines.show('overall progress', `0 out of ${wanted} tasks`);
      for (let slot = 1; slot <= Math.min(replicasOf(service) ?? 0, MOST_LINES) && wanted <= MOST_LINES; slot++) {
        await lines.show(`${slot}/${wanted}`, ' ');
      }
    }
    if (running < wanted || verified === 0) {
      await lines.show('overall progress', `${running} out of ${wanted} tasks`);
      if (wanted <= MOST_LINES) await showBars(lines, current, wanted);
    }
    if (running >= wanted) {
      const left = VERIFY_SECONDS - Math.floor(verified / LOOKS_A_SECOND);
      await lines.show('verify', `Waiting ${left} seconds to verify that tasks are stable...`);
    }
    verified = running >= wanted ? verified + 1 : 0;
    announced = true;
    await world.wait(verified > 0 ? timings.verifySecondMs / LOOKS_A_SECOND : timings.progressMs);
  }
  await lines.show('verify', `Service ${name} converged`);
}

async function showBars(lines: ReturnType<typeof progressLines>, tasks: Task[], wanted: number): Promise<void> {
  for (const { slot, state } of tasks) {
    if (slot !== undefined && slot <= wanted) await lines.bar(`${slot}/${wanted}`, state);
  }
}

function desired(engine: Engine, service: Service): number {
  const { swarm } = managed(engine);
  const replicas = replicasOf(service);
  if (replicas !== undefined) return replicas;
  const constraints = service.spec.TaskTemplate.Placement?.Constraints ?? [];
  return [...swarm.nodes.values()].filter(
    (node) => node.state === 'ready' && node.spec.Availability === 'active' && satisfies(node, constraints),
  ).length;
}
