import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Collection } from '../storage/collection';
import type { Database } from '../storage/database';
import type { Engine } from '../storage/engine';
import type { Journal, JournalEntry } from '../storage/journal';
import { restore } from '../storage/restore';
import { lockFolder } from './folderLock';
import { LogWriter, readLines, truncateAfter } from './logFile';

/**
 * A data folder holds generations. `base-<n>` contains everything that was committed when generation n began, `log-<n>`
 * everything committed since.
 *
 * Compaction begins a new generation. New commits go to the new log immediately, while the new base is written from a
 * snapshot of that moment. The old files are deleted when the new base is complete. After a crash at any point, the
 * newest complete base and all logs from its number on contain the last committed state.
 */

/** A log is compacted when it is larger than this and larger than its base. */
const COMPACT_ABOVE_BYTES = 64 * 1024 * 1024;
const DOCUMENTS_PER_LINE = 200;

/** Opens a data folder, creating it if needed, and restores its contents into the engine, which must be empty. */
export async function openPersistence(folder: string, engine: Engine): Promise<Persistence> {
  mkdirSync(folder, { recursive: true });
  const unlock = lockFolder(folder);
  try {
    const generation = await recover(folder, engine);
    for (const database of engine.listDatabases()) {
      for (const { keyGenerator } of database.list()) engine.raiseTickTo(keyGenerator.lastValue);
    }
    // Ids of transactions and cursors are not in the log. Those of an earlier run must not be used again.
    engine.raiseTickTo(Date.now());
    return new Persistence(folder, engine, generation, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

const baseName = (generation: number): string => `base-${generation}`;
const logName = (generation: number): string => `log-${generation}`;

function generationsOf(folder: string, kind: 'base' | 'log'): number[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const match = new RegExp(`^${kind}-(\\d+)$`).exec(name);
      return match === null ? [] : [Number(match[1])];
    })
    .sort((a, b) => a - b);
}

/** Restores everything. Returns the generation whose log is continued. */
async function recover(folder: string, engine: Engine): Promise<number> {
  for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name));
  const apply = (entries: unknown): void => {
    for (const entry of entries as readonly JournalEntry[]) restore(engine, entry);
  };
  const base = generationsOf(folder, 'base').at(-1);
  if (base !== undefined) {
    const path = join(folder, baseName(base));
    if ((await readLines(path, apply)) !== statSync(path).size) throw new Error(`${path} is damaged`);
  }
  let last = base ?? 0;
  let isDamaged = false;
  for (const generation of generationsOf(folder, 'log').filter((number) => number >= last)) {
    const path = join(folder, logName(generation));
    // Commits in logs after a damaged one were never acknowledged to a client: a flush completes the older log first.
    if (isDamaged) {
      rmSync(path);
      continue;
    }
    const validBytes = await readLines(path, apply);
    isDamaged = validBytes !== statSync(path).size;
    if (isDamaged) truncateAfter(path, validBytes);
    last = generation;
  }
  return last;
}

/** What a base describes besides documents, captured at one moment. */
interface Catalogue {
  readonly entries: readonly JournalEntry[];
  readonly indexes: readonly JournalEntry[];
  readonly collections: readonly { readonly database: Database; readonly collection: Collection }[];
}

/** The log of a running engine. */
export class Persistence implements Journal {
  private log: LogWriter;
  /** The log of the previous generation, until its last lines are written. */
  private previousLog: LogWriter | undefined;
  private baseBytes: number;
  private compaction: Promise<void> | undefined;
  private isClosing = false;

  constructor(
    private readonly folder: string,
    private readonly engine: Engine,
    private generation: number,
    private readonly unlock: () => void,
  ) {
    this.log = new LogWriter(join(folder, logName(generation)));
    this.baseBytes = generationsOf(folder, 'base')
      .filter((number) => number === generation)
      .reduce((bytes, number) => bytes + statSync(join(folder, baseName(number))).size, 0);
    syncFolder(folder);
  }

  append(entries: readonly JournalEntry[]): void {
    this.log.append(entries);
    if (this.log.size > Math.max(COMPACT_ABOVE_BYTES, this.baseBytes)) this.startCompaction();
  }

  async flushed(): Promise<void> {
    const { previousLog, log } = this;
    await previousLog?.flushed();
    await log.flushed();
  }

  /** Begins a new generation. Resolves when its base is complete and the old files are deleted. */
  compact(): Promise<void> {
    this.startCompaction();
    return this.compaction ?? Promise.resolve();
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.compaction;
    await this.flushed();
    await this.log.close();
    this.unlock();
  }

  private startCompaction(): void {
    if (this.compaction !== undefined || this.isClosing) return;
    this.compaction = this.writeGeneration().finally(() => {
      this.compaction = undefined;
    });
    // A failing disk is reported by the next flush of the log. Compaction itself is retried later.
    this.compaction.catch(() => undefined);
  }

  private async writeGeneration(): Promise<void> {
    const oldGeneration = this.generation;
    const generation = oldGeneration + 1;
    const catalogue = this.catalogue();
    const snapshots = new Map(
      this.engine.listDatabases().map((database) => [database, this.engine.begin(database)] as const),
    );
    this.previousLog = this.log;
    this.log = new LogWriter(join(this.folder, logName(generation)));
    this.generation = generation;
    const oldLog = this.previousLog;
    const path = join(this.folder, baseName(generation));
    try {
      await oldLog.close();
      this.previousLog = undefined;
      const base = new LogWriter(`${path}.tmp`);
      base.append(catalogue.entries);
      for (const { database, collection } of catalogue.collections) {
        const snapshot = snapshots.get(database);
        let batch: JournalEntry[] = [];
        for (const doc of snapshot?.scanCollection(collection) ?? []) {
          batch.push(['put', database.id, collection.properties.id, doc]);
          if (batch.length < DOCUMENTS_PER_LINE) continue;
          base.append(batch);
          batch = [];
          await base.flushedBelow(1 << 20);
          await nextTurn();
        }
        if (batch.length > 0) base.append(batch);
      }
      base.append(catalogue.indexes);
      await base.close();
      renameSync(`${path}.tmp`, path);
      syncFolder(this.folder);
      this.baseBytes = statSync(path).size;
      for (const kind of ['base', 'log'] as const) {
        for (const old of generationsOf(this.folder, kind)) {
          if (old < generation) rmSync(join(this.folder, `${kind}-${old}`));
        }
      }
    } finally {
      for (const snapshot of snapshots.values()) snapshot.abort();
    }
  }

  private catalogue(): Catalogue {
    const entries: JournalEntry[] = [];
    const indexes: JournalEntry[] = [];
    const collections: { database: Database; collection: Collection }[] = [];
    for (const database of this.engine.listDatabases()) {
      entries.push(['create database', { id: database.id, name: database.name }]);
      for (const collection of database.list()) {
        entries.push(['create collection', database.id, collection.properties]);
        collections.push({ database, collection });
        for (const { definition } of collection.indexes.values()) {
          indexes.push(['create index', database.id, collection.properties.id, definition]);
        }
      }
    }
    return { entries, indexes, collections };
  }
}

/** Makes new and renamed files in a folder durable. */
function syncFolder(folder: string): void {
  const file = openSync(folder, 'r');
  fsyncSync(file);
  closeSync(file);
}
