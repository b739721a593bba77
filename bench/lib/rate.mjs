// How often the sandbox's API is asked, at worst.

const EVERY_MS = 1_000;

/** Counts the sandbox's requests once a second, and so the most in any 60 seconds. */
export function watchRate(world) {
  const totals = [];
  let looking = Promise.resolve();
  const look = async () => {
    totals.push((await world.status()).requests.total);
  };
  const timer = setInterval(() => {
    looking = looking.then(look).catch(() => {});
  }, EVERY_MS);
  timer.unref();
  return {
    end: async () => {
      clearInterval(timer);
      await looking;
      await look();
      const rises = totals.map((total, at) => total - (totals[at - 60] ?? 0));
      return { worstMinute: Math.max(...rises) };
    },
  };
}
