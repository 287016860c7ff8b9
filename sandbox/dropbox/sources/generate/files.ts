import {
  GeneratedContent,
  type Account,
  type Company,
  type Content,
  type FileNode,
  type FolderNode,
  fold,
} from '../../model';
import type { Random } from '../random';
import { fileName, folderName, isCloudDocument } from './names';

/** Number of different contents. It is limited because a hash is computed for each, and real teams have copies too. */
const CONTENTS = 1_024;
/** Bytes. The mean of this log-normal is about 100 kB. */
const MEDIAN_SIZE = 20_000;
const SIZE_SIGMA = 1.8;
const MAX_SIZE = 16 * 1024 * 1024;
const FILES_PER_FOLDER = 9;
const MAX_DEPTH = 12;
/** 2020-01-01 and 2025-12-31, seconds since the epoch. */
const FIRST_TIME = 1_577_836_800;
const LAST_TIME = 1_767_139_200;

export function contentPool(random: Random): Content[] {
  return Array.from({ length: CONTENTS }, (_, index) => {
    const size = index === 0 ? 0 : Math.min(MAX_SIZE, Math.round(random.logNormal(MEDIAN_SIZE, SIZE_SIGMA)));
    return new GeneratedContent(size, index);
  });
}

/** Distributes `total` over the given weights, in whole numbers that add up to `total`. */
export function apportion(total: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((left, right) => left + right, 0);
  let weightSoFar = 0;
  let assigned = 0;
  return weights.map((weight) => {
    weightSoFar += weight;
    const upTo = Math.round((total * weightSoFar) / sum);
    const share = upTo - assigned;
    assigned = upTo;
    return share;
  });
}

interface Place {
  folder: FolderNode;
  depth: number;
  files: number;
}

/**
 * Fills a folder with `count` files in new subfolders. Subfolders are created in recent folders more often than in old
 * ones, which makes some branches deep, and files accumulate in a few folders. `each` is called for every file.
 */
export function fillFolder(
  { build }: Company,
  random: Random,
  contents: readonly Content[],
  root: FolderNode,
  count: number,
  authors: readonly Account[],
  each: (file: FileNode) => void,
): void {
  const places: Place[] = [{ folder: root, depth: 0, files: 0 }];
  const folders = Math.floor(count / FILES_PER_FOLDER);
  for (let made = 0; made < count; made += 1) {
    if (places.length <= folders && random.chance(1 / FILES_PER_FOLDER)) places.push(newPlace(build, random, places));
    const place = pickPlace(random, places, 2);
    place.files += 1;
    const name = freeName(place.folder, fileName(random, place.files));
    const modified = FIRST_TIME + random.below(LAST_TIME - FIRST_TIME);
    const by = random.chance(0.9) ? random.pick(authors) : undefined;
    each(
      build.file(place.folder, name, random.pick(contents), {
        serverModified: modified,
        clientModified: modified - random.below(86_400),
        ...(by === undefined ? {} : { by }),
        ...(isCloudDocument(name) ? { downloadable: false } : {}),
      }),
    );
  }
}

function newPlace(build: Company['build'], random: Random, places: readonly Place[]): Place {
  const parent = pickPlace(random, places, 0.5);
  const { folder, depth } = parent.depth < MAX_DEPTH ? parent : pickPlace(random, places.slice(0, 1), 1);
  return { folder: build.folder(folder, freeName(folder, folderName(random))), depth: depth + 1, files: 0 };
}

/** Picks a random folder. An exponent above 1 prefers old folders, one below 1 prefers recent ones. */
function pickPlace(random: Random, places: readonly Place[], exponent: number): Place {
  const place = places[Math.floor(random.next() ** exponent * places.length)];
  if (place === undefined) throw new Error('the list of folders is empty');
  return place;
}

function freeName(folder: FolderNode, name: string): string {
  if (!folder.children.has(fold(name))) return name;
  const dot = name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let count = 1; ; count += 1) {
    const candidate = `${stem} (${count})${extension}`;
    if (!folder.children.has(fold(candidate))) return candidate;
  }
}
