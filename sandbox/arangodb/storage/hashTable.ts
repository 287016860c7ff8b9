/**
 * A hash table from texts to slots. It does not store the texts: its owner compares a text with the contents of a slot.
 * Open addressing with linear probing; 8 bytes per entry at a load of at most 70 %.
 */

/** A well-mixed 32-bit hash (FNV-1a with a final avalanche). */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const FIRST_CAPACITY = 64;
const MAX_LOAD = 0.7;

export class HashTable {
  private slots = new Uint32Array(FIRST_CAPACITY);
  private hashes = new Uint32Array(FIRST_CAPACITY);
  private mask = FIRST_CAPACITY - 1;
  private size = 0;

  /** `matches` reports whether a slot's entry has this text. */
  constructor(private readonly matches: (slot: number, text: string) => boolean) {}

  /** The slot of this text, or 0. */
  find(text: string): number {
    const hash = hashText(text);
    for (let i = hash & this.mask; ; i = (i + 1) & this.mask) {
      const slot = this.slots[i] as number;
      if (slot === 0) return 0;
      if (this.hashes[i] === hash && this.matches(slot, text)) return slot;
    }
  }

  /** Maps the text to a slot. Returns the slot of its previous entry, or 0. */
  set(text: string, slot: number): number {
    const hash = hashText(text);
    for (let i = hash & this.mask; ; i = (i + 1) & this.mask) {
      const existing = this.slots[i] as number;
      if (existing === 0) {
        this.slots[i] = slot;
        this.hashes[i] = hash;
        if (++this.size > (this.mask + 1) * MAX_LOAD) this.grow();
        return 0;
      }
      if (this.hashes[i] === hash && this.matches(existing, text)) {
        this.slots[i] = slot;
        return existing;
      }
    }
  }

  delete(text: string): void {
    const hash = hashText(text);
    for (let i = hash & this.mask; ; i = (i + 1) & this.mask) {
      const existing = this.slots[i] as number;
      if (existing === 0) return;
      if (this.hashes[i] === hash && this.matches(existing, text)) {
        this.size--;
        this.closeGap(i);
        return;
      }
    }
  }

  /** Moves later entries of the same run into the gap. Otherwise a search would end at the gap and miss them. */
  private closeGap(start: number): void {
    let gap = start;
    for (let i = (gap + 1) & this.mask; this.slots[i] !== 0; i = (i + 1) & this.mask) {
      const home = (this.hashes[i] as number) & this.mask;
      if (((i - home) & this.mask) >= ((i - gap) & this.mask)) {
        this.slots[gap] = this.slots[i] as number;
        this.hashes[gap] = this.hashes[i] as number;
        gap = i;
      }
    }
    this.slots[gap] = 0;
  }

  private grow(): void {
    const { slots, hashes } = this;
    const capacity = (this.mask + 1) * 2;
    this.slots = new Uint32Array(capacity);
    this.hashes = new Uint32Array(capacity);
    this.mask = capacity - 1;
    for (let from = 0; from < slots.length; from++) {
      if (slots[from] === 0) continue;
      let i = (hashes[from] as number) & this.mask;
      while (this.slots[i] !== 0) i = (i + 1) & this.mask;
      this.slots[i] = slots[from] as number;
      this.hashes[i] = hashes[from] as number;
    }
  }
}
