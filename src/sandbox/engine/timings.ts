// The timings of the simulated swarm, in ms. Real swarms are slower; tests reduce some of these.

export const timings = {
  /** After this long, a join that has not succeeded answers with a timeout and continues in the background. */
  joinTimeoutMs: 20_000,
  /** Between two tries of a join whose manager does not answer. */
  joinRetryMs: 200,
  workerJoinMs: 30,
  managerJoinMs: 90,
  /** How long a new manager is listed before the others can reach it. */
  reachableMs: 40,
  demoteMs: 40,
  /** A node that stops answering is Down after this long; under a leader that has not heard of it yet, after twice as long. */
  heartbeatMs: 500,
  /** A node has registered with a new leader after this long. */
  registerMs: 60,
  /** A swarm that lost its leader has a new one after this long. */
  electionMs: 250,
  /** A task takes between once and three times as long to start. */
  taskStartMs: 60,
  /** A task that cannot start has a successor after this long. */
  restartMs: 5_000,
  taskStopMs: 30,
  /** How often the command line checks a service's tasks while they start. */
  progressMs: 50,
  /** And for how long once they run, to see whether they stay up. */
  verifyMs: 100,
};
