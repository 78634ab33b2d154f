/**
 * Numbers for keys in the order of their appearance, so that what is kept by key takes memory for those that appear and
 * not for all that could: a hash table with open addressing (linear probing). It does not know what the keys are.
 */
import { grown } from './columns.ts';

const FIRST_PLACES = 1_024;
/** 2³² ÷ the golden ratio: neighbouring keys land far apart (Knuth, vol. 3, section 6.4). */
const GOLDEN = 0x9e3779b1;

export class KeyNumbers {
  /** Keys that have a number. */
  count = 0;
  /** By number, its key. */
  private keys = new Int32Array(FIRST_PLACES / 2);
  /** By place, 1 + the number of the key there; 0 where there is none. At most half of the places are taken. */
  private places = new Int32Array(FIRST_PLACES);

  /** The number of a key, which is a 32-bit integer; a new key gets the next. */
  of(key: number): number {
    const { places, keys } = this;
    const last = places.length - 1;
    let place = placeOf(key) & last;
    for (let number = places[place]!; number !== 0; number = places[place]!) {
      if (keys[number - 1] === key) return number - 1;
      place = (place + 1) & last;
    }
    if (this.count === keys.length) {
      this.grow();
      return this.of(key);
    }
    keys[this.count] = key;
    places[place] = ++this.count;
    return this.count - 1;
  }

  private grow(): void {
    const keys = grown(this.keys, 2 * this.keys.length);
    const places = new Int32Array(2 * this.places.length);
    for (let number = 0; number < this.count; number++) {
      let place = placeOf(keys[number]!) & (places.length - 1);
      while (places[place] !== 0) place = (place + 1) & (places.length - 1);
      places[place] = number + 1;
    }
    this.keys = keys;
    this.places = places;
  }
}

/** The product's upper half, which depends on all bits of the key. */
function placeOf(key: number): number {
  const product = Math.imul(key, GOLDEN);
  return (product >>> 16) ^ product;
}
