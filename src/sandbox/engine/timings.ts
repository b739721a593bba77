// The timings of the simulated swarm, in ms. Real swarms are slower; tests reduce some of these.

export const timings = {
  /** After so long a join that has not succeeded answers with a time-out and goes on in the background. */
  joinTimeoutMs: 20_000,
  /** Between two tries of a join whose manager does not answer. */
  joinRetryMs: 200,
  workerJoinMs: 30,
  managerJoinMs: 90,
  /** A new manager is in the list so long before the others reach it. */
  reachableMs: 40,
  demoteMs: 40,
  /** A node that stops answering is Down after so long. */
  heartbeatMs: 500,
  /** A swarm that lost its leader has a new one after so long. */
  electionMs: 250,
  /** A task takes between once and three times as long to start. */
  taskStartMs: 60,
  taskStopMs: 30,
  /** The command line looks at a service's tasks so often while they start. */
  progressMs: 50,
  /** And so long once they run, to see whether they stay up. */
  verifyMs: 100,
};
