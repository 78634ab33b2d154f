/**
 * Join the shortest queue. On loads that are not fresh all that comes until they are taken again goes to the one replica
 * that was least loaded: a herd, for which two choices drawn at random are the better the older they are (Mitzenmacher,
 * "How useful is old information?", IEEE TPDS 11, 2000).
 */
import { drawAmong, routingStrategy, scrapeInterval, type RoutedRequest, type Router } from './routing.ts';

export const leastLoaded = routingStrategy({
  kind: 'least-loaded',
  summary:
    'Sends each request to the replica with the fewest unfinished requests, drawn at random among equals.',
  parameters: { scrapeInterval },
  example: { kind: 'least-loaded' },
  create: (parameters) => ({
    queue: 'per-replica',
    ...parameters,
    createRouter: (loads) => new LeastLoaded(loads),
  }),
});

/**
 * A tree over the places: each node knows the least load below it and how many places have that, so that one of all
 * least loaded places is drawn, each with equal probability, in as many steps as the tree is high.
 */
export class LeastLoaded implements Router {
  private readonly loads: Int32Array;
  /** The first of the leaves, which are the places; node n stands above 2n and 2n + 1, the root is 1. */
  private readonly firstLeaf: number;
  /** By node: the least load below it, and how many places have it. */
  private readonly least: Int32Array;
  private readonly count: Int32Array;

  constructor(loads: Int32Array) {
    this.loads = loads;
    this.firstLeaf = 2 ** Math.ceil(Math.log2(loads.length));
    this.least = new Int32Array(2 * this.firstLeaf).fill(ABOVE_ALL);
    this.count = new Int32Array(2 * this.firstLeaf);
    this.least.set(loads, this.firstLeaf);
    this.count.fill(1, this.firstLeaf, this.firstLeaf + loads.length);
    for (let node = this.firstLeaf - 1; node > 0; node--) this.sumUp(node);
  }

  /** The load of the least loaded. */
  get leastLoad(): number {
    return this.least[1]!;
  }

  choose(request: RoutedRequest): number {
    const best = this.leafOf(drawAmong(this.count[1]!, request));
    return request.isHeldBy(best) ? best : this.chooseAmongHolders(request);
  }

  loadChanged(place: number): void {
    const { least, count } = this;
    let node = this.firstLeaf + place;
    least[node] = this.loads[place]!;
    for (node >>= 1; node > 0; node >>= 1) {
      const [leastBefore, countBefore] = [least[node], count[node]];
      this.sumUp(node);
      if (least[node] === leastBefore && count[node] === countBefore) return;
    }
  }

  /** The place of the nth of the least loaded. */
  private leafOf(nth: number): number {
    const { least, count } = this;
    let node = 1;
    let before = nth;
    while (node < this.firstLeaf) {
      const isLeast = least[2 * node] === least[node];
      node *= 2;
      if (isLeast && before < count[node]!) continue;
      if (isLeast) before -= count[node]!;
      node += 1;
    }
    return node - this.firstLeaf;
  }

  /** Looks at all places: not every one of the least loaded could hold the request. */
  private chooseAmongHolders(request: RoutedRequest): number {
    const { loads } = this;
    let least = ABOVE_ALL;
    let count = 0;
    for (let place = 0; place < loads.length; place++) {
      if (loads[place]! > least || !request.isHeldBy(place)) continue;
      if (loads[place]! < least) count = 0;
      least = loads[place]!;
      count += 1;
    }
    let before = drawAmong(count, request);
    for (let place = 0; ; place++) {
      if (loads[place] === least && request.isHeldBy(place) && before-- === 0) return place;
    }
  }

  private sumUp(node: number): void {
    const { least, count } = this;
    const [left, right] = [2 * node, 2 * node + 1];
    const gap = least[left]! - least[right]!;
    least[node] = gap <= 0 ? least[left]! : least[right]!;
    count[node] = (gap <= 0 ? count[left]! : 0) + (gap >= 0 ? count[right]! : 0);
  }
}

/** More than any load. */
const ABOVE_ALL = 2 ** 31 - 1;
