// Counts requests to the API, for tests and measurements.

export interface RequestCounts {
  total: number;
  /** `GET /v2/droplets/{droplet_id}` → how often. */
  byEndpoint: Record<string, number>;
  byStatus: Record<string, number>;
}

export class Counter {
  #counts: RequestCounts = empty();

  /** A request came in; the endpoint is written as the API description writes it. */
  asked(endpoint: string): void {
    this.#counts.total += 1;
    bump(this.#counts.byEndpoint, endpoint);
  }

  /** It was answered; `none` stands for a request that never was. */
  answered(status: number | 'none'): void {
    bump(this.#counts.byStatus, String(status));
  }

  get counts(): RequestCounts {
    return structuredClone(this.#counts);
  }

  reset(): void {
    this.#counts = empty();
  }
}

const empty = (): RequestCounts => ({ total: 0, byEndpoint: {}, byStatus: {} });

function bump(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
