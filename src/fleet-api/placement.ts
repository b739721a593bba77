// Where containers are created: what is on every node, and what is on its way there.
import type { Census } from './census.ts';
import { type Lists, nameOf } from './find.ts';
import { homesOf, nearTo } from './near.ts';
import type { ApiNode } from './node.ts';
import { bareName } from './place/bare-name.ts';
import { type Candidate, find, type Occupant } from './place/candidate.ts';
import { type Rules, schedule } from './place/schedule.ts';
import { type HostPort, needsOf, type Wish } from './place/wish.ts';
import { Refusal } from './refusal.ts';
import type { Image, Inspected, Summary } from './types.ts';

/** A container that is being created, or gets another name. */
interface Reservation {
  node: string;
  name: string | undefined;
  /** What it takes of its node; nothing more for one that only gets a name. */
  wish?: Wish;
  /** In the order of all reservations' beginnings and ends. */
  endedAt?: number;
  /** What its engine made of it. */
  id?: string;
  /** Its answer was lost, in the same order: only a later look at its node tells whether it was made. */
  lostAt?: number;
}

/** A name that is kept for a container. */
export interface KeptName {
  /** It has been answered: with the container's id, where that has the name now. */
  end(id?: string): void;
  /** Nobody knows whether it was done. */
  lost(): void;
}

/** A place that is kept for a container. */
export interface Place extends KeptName {
  node: ApiNode;
  /** The id there of the container that the word means; the word itself where there is none. */
  idOf(word: string): string;
}

/** Reservations that ended are looked at by whoever began to look before: no look is so many creates long. */
const ENDED_KEPT = 4096;

export class Placement {
  readonly #census: Census;
  readonly #rules: Rules;
  #count = 0;
  #reservations: Reservation[] = [];
  /** How containers were created, by id. */
  readonly #inspected = new Map<string, Occupant>();

  constructor(census: Census, rules: Rules) {
    this.#census = census;
    this.#rules = rules;
  }

  /**
   * Chooses a node and keeps the place there until its create has been answered. Between the choice and the reservation nothing
   * else runs, and creates that ended since the look began count too, so that two never get the same place.
   * @throws Refusal
   */
  async reserve(wish: Wish): Promise<Place> {
    const since = this.#count;
    const lists = await this.#look(since);
    const known = await this.#inspectNew(lists);
    const images = wish.affinities.some(({ key }) => key === 'image')
      ? await this.#images()
      : new Map<string, Image[]>();
    const homes = await homesOf(wish.volumes, this.#census, this.#underWay(since));
    const underWay = this.#underWay(since);
    this.#checkName(wish.name, underWay);
    const candidates = this.#census.nodes.map((node) => ({
      ...this.#candidate(node, lists.get(node.name) ?? [], underWay),
      images: images.get(node.name) ?? [],
      isHealthy: node.silence === undefined && known.has(node.name),
    }));
    const near = nearTo(wish, this.#census, { homes, underWay });
    const chosen = schedule({ ...wish, near }, candidates, this.#rules);
    const { name } = chosen;
    const idOf = (word: string) => find(chosen, bareName(word))?.id || bareName(word);
    return { node: this.#census.node(name)!, idOf, ...this.#keep({ node: name, name: wish.name, wish }) };
  }

  /** Keeps a name for a container that is there, until its engine has given it. @throws Refusal where another has it */
  async reserveName(name: string, { node, id }: { node: string; id: string }): Promise<KeptName> {
    const since = this.#count;
    await this.#look(since);
    this.#checkName(name, this.#underWay(since), id);
    return this.#keep({ node, name });
  }

  async #look(since: number): Promise<Lists> {
    // A node that was silent in the meantime, and is back, may have more than is known of it.
    const lists = await this.#census.look();
    this.#reservations = this.#reservations.filter(
      ({ lostAt, node }) =>
        this.#census.node(node) !== undefined && (lostAt === undefined || lostAt > since || !lists.has(node)),
    );
    return lists;
  }

  /** Those that a look that began then may not have seen. */
  #underWay(since: number): Reservation[] {
    return this.#reservations.filter(({ endedAt = Number.POSITIVE_INFINITY }) => endedAt > since);
  }

  #keep(reservation: Reservation): KeptName {
    this.#count++;
    this.#reservations.push(reservation);
    const lost = () => {
      reservation.lostAt = ++this.#count;
    };
    return { end: (id) => this.#end(reservation, id), lost };
  }

  /** What containers of a node take together. */
  reserved(node: string): { cpus: number; memoryBytes: number } {
    const known = (this.#census.lists.get(node) ?? []).flatMap(({ Id }) => this.#inspected.get(Id) ?? []);
    return {
      cpus: known.reduce((sum, { cpus }) => sum + cpus, 0),
      memoryBytes: known.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    };
  }

  /** Its limits may have changed. */
  forget(id: string): void {
    this.#inspected.delete(id);
  }

  /** Asks for all containers, and for how those that are new were created. */
  async survey(): Promise<void> {
    await this.#inspectNew(await this.#census.look());
  }

  #end(reservation: Reservation, id: string | undefined): void {
    if (id === undefined) {
      this.#reservations = this.#reservations.filter((one) => one !== reservation);
      return;
    }
    reservation.endedAt = ++this.#count;
    reservation.id = id;
    if (reservation.wish) this.#inspected.set(id, { ...reservation.wish, id, name: '', labels: {} });
    const ended = this.#reservations.filter(({ endedAt }) => endedAt !== undefined);
    const old = new Set(ended.slice(0, Math.max(0, ended.length - ENDED_KEPT)));
    this.#reservations = this.#reservations.filter((one) => !old.has(one));
  }

  /** `own`: the container that is to have it. @throws Refusal */
  #checkName(name: string | undefined, underWay: readonly Reservation[], own?: string): void {
    if (name === undefined) return;
    const conflict = (id: string, node: string) =>
      new Refusal(
        409,
        `Conflict: The name ${name} is already assigned to ${id} on ${node}. You have to delete (or rename) that container to be able to assign ${name} to a container again.`,
      );
    for (const [node, list] of this.#census.lists) {
      const taken = list.find(({ Id, Names }) => Id !== own && Names.includes(`/${name}`));
      if (taken) throw conflict(taken.Id.slice(0, 12), node);
    }
    const coming = underWay.find((one) => one.name === name);
    if (coming) throw conflict(`a container that is being ${coming.wish ? 'created' : 'renamed'}`, coming.node);
  }

  #candidate(
    node: ApiNode,
    list: readonly Summary[],
    underWay: readonly Reservation[],
  ): Omit<Candidate, 'isHealthy' | 'images'> {
    const { info } = node;
    const there = new Set(list.map(({ Id }) => Id));
    const coming = underWay
      .filter((one) => one.node === node.name && (one.id === undefined || !there.has(one.id)))
      .flatMap(({ wish, id = '' }): Occupant[] => (wish ? [{ ...wish, id, name: wish.name ?? '' }] : []));
    return {
      id: info?.ID ?? '',
      name: node.name,
      labels: labelsOf(node),
      cpus: info?.NCPU ?? 0,
      memoryBytes: info?.MemTotal ?? 0,
      occupants: [...list.map((one) => this.#occupant(one)), ...coming],
    };
  }

  #occupant(container: Summary): Occupant {
    const created = this.#inspected.get(container.Id);
    const published = (container.Ports ?? []).flatMap(({ PublicPort, IP = '', Type }): HostPort[] =>
      PublicPort === undefined ? [] : [{ ip: IP, port: String(PublicPort), protocol: Type }],
    );
    return {
      id: container.Id,
      name: nameOf(container),
      labels: container.Labels ?? {},
      hostModePorts: created?.hostModePorts ?? [],
      cpus: created?.cpus ?? 0,
      memoryBytes: created?.memoryBytes ?? 0,
      // Those that it asked for count while it is stopped, those that its engine chose while it runs.
      ports: [...(created?.ports ?? []), ...published],
    };
  }

  /** Gives those of the nodes of which all is known. */
  async #inspectNew(lists: Lists): Promise<ReadonlySet<string>> {
    const known = await Promise.all(
      this.#census.nodes
        .filter(({ name }) => lists.has(name))
        .map(async (node) => {
          const list = lists.get(node.name) ?? [];
          const found = await Promise.all(list.map(({ Id }) => this.#inspected.has(Id) || this.#inspect(node, Id)));
          return found.every(Boolean) ? [node.name] : [];
        }),
    );
    this.#prune();
    return new Set(known.flat());
  }

  /** What is gone is not remembered: an endpoint may be open for weeks. */
  #prune(): void {
    const kept = new Set([...this.#census.lists.values()].flatMap((list) => list.map(({ Id }) => Id)));
    for (const { id } of this.#reservations) if (id !== undefined) kept.add(id);
    for (const id of this.#inspected.keys()) if (!kept.has(id)) this.#inspected.delete(id);
  }

  /** Whether it is known how the container was created, or that it is gone. */
  async #inspect(node: ApiNode, id: string): Promise<boolean> {
    const answer = await node.ask({ path: `/containers/${id}/json` }).catch(() => undefined);
    if (answer?.status !== 200) return answer?.status === 404;
    const { Config, HostConfig = {} } = answer.body as Inspected;
    this.#inspected.set(id, { id, name: '', labels: {}, ...needsOf(HostConfig, Config?.ExposedPorts) });
    return true;
  }

  async #images(): Promise<Map<string, Image[]>> {
    const lists = await Promise.all(
      this.#census.answering.map(async (node): Promise<[string, Image[]]> => {
        const answer = await node.ask({ path: '/images/json' }).catch(() => undefined);
        return [node.name, answer?.status === 200 ? (answer.body as Image[]) : []];
      }),
    );
    return new Map(lists);
  }
}

/** The engine's own labels, and what it is, as constraints name it. */
function labelsOf({ info }: ApiNode): Record<string, string> {
  const own = (info?.Labels ?? []).map((text): [string, string] => {
    const [key = '', value = ''] = text.split(/=(.*)/s);
    return [key.toLowerCase(), value];
  });
  return {
    ...Object.fromEntries(own),
    storagedriver: info?.Driver ?? '',
    kernelversion: info?.KernelVersion ?? '',
    operatingsystem: info?.OperatingSystem ?? '',
    ostype: info?.OSType ?? '',
  };
}
