/**
 * The catalogue: facts by name, and where each comes from. It reads texts and knows no disk; which facts ship with the
 * program is a matter of the files in `configs/catalog`.
 */
import { Type, type TUnsafe } from 'typebox';
import type { Static } from 'typebox';
import { FaultList } from '../input/fault-list.ts';
import { SourceDocument } from '../input/source-document.ts';
import { InputError, type Fault } from '../errors.ts';
import { SchemaReader } from '../input/schema-reader.ts';
import { AcceleratorEntry, readAccelerator, type Accelerator } from './accelerator.ts';
import { EngineEntry, readEngine, type Engine } from './engine.ts';
import { QuantileTablesEntry, readQuantileTables, type QuantileTable } from './lengths.ts';
import { LimitsEntry, readLimits, type PublishedLimits } from './limits.ts';
import { ModelEntry, readModel, type Model } from './model.ts';
import {
  OwnedGpuHourEntry,
  readOwnedGpuHour,
  readTokenPrices,
  TokenPricesEntry,
  type OwnedGpuHour,
  type TokenPrices,
} from './prices.ts';
import { readWeekProfile, WeekProfileEntry, type WeekProfile } from './profiles.ts';
import { provenanceOf, tableProvenance, type Provenance } from './provenance.ts';

/** What a scenario may name, by kind of entry. */
export interface CatalogKinds {
  readonly accelerator: Accelerator;
  readonly model: Model;
  readonly 'owned-gpu-hour': OwnedGpuHour;
  readonly 'token-prices': TokenPrices;
  readonly 'quantile-table': QuantileTable;
  readonly 'week-profile': WeekProfile;
  readonly limits: PublishedLimits;
  readonly engine: Engine;
}
export type CatalogKind = keyof CatalogKinds;

/** One fact of the catalogue: its value and where each of its numbers comes from. */
export type CatalogEntry = {
  readonly [Kind in CatalogKind]: {
    readonly kind: Kind;
    readonly name: string;
    readonly summary: string;
    readonly value: CatalogKinds[Kind];
    readonly provenance: readonly Provenance[];
  };
}[CatalogKind];

export interface CatalogFile {
  /** How the file is named to the user: usually its path. */
  readonly name: string;
  readonly text: string;
}

/** Facts by kind and name. Names are unique within a kind. */
export class Catalog {
  /** All entries, in the order of the files. */
  readonly entries: readonly CatalogEntry[];

  constructor(entries: readonly CatalogEntry[]) {
    this.entries = entries;
  }

  accelerator(name: string): Accelerator | null {
    return this.find('accelerator', name);
  }

  model(name: string): Model | null {
    return this.find('model', name);
  }

  ownedGpuHour(name: string): OwnedGpuHour | null {
    return this.find('owned-gpu-hour', name);
  }

  tokenPrices(name: string): TokenPrices | null {
    return this.find('token-prices', name);
  }

  /** A table such as `azure-2023-conversation.prompt`. */
  quantileTable(name: string): QuantileTable | null {
    return this.find('quantile-table', name);
  }

  profile(name: string): WeekProfile | null {
    return this.find('week-profile', name);
  }

  /** The limits of one offer, such as `chatgpt-plus`. */
  limits(name: string): PublishedLimits | null {
    return this.find('limits', name);
  }

  engine(name: string): Engine | null {
    return this.find('engine', name);
  }

  /** The names of one kind, for messages that list the alternatives. */
  names(kind: CatalogKind): string[] {
    return this.entries.filter((entry) => entry.kind === kind).map((entry) => entry.name);
  }

  private find<Kind extends CatalogKind>(kind: Kind, name: string): CatalogKinds[Kind] | null {
    const found = this.entries.find((entry) => entry.kind === kind && entry.name === name);
    return found === undefined ? null : (found.value as CatalogKinds[Kind]);
  }
}

const SCHEMAS = [
  AcceleratorEntry,
  ModelEntry,
  OwnedGpuHourEntry,
  TokenPricesEntry,
  QuantileTablesEntry,
  WeekProfileEntry,
  LimitsEntry,
  EngineEntry,
] as const;

type FileEntry = Static<(typeof SCHEMAS)[number]>;

/** What a catalogue file may hold, as a JSON Schema. */
export function catalogFileSchema(): TUnsafe<FileEntry> {
  return Type.Unsafe<FileEntry>({
    type: 'object',
    noun: 'catalogue entry',
    discriminator: { propertyName: 'kind' },
    required: ['kind'],
    oneOf: [...SCHEMAS],
  });
}

/** Reads catalogue files. Throws `InputError` with file and line for everything wrong in any of them. */
export function parseCatalog(files: readonly CatalogFile[]): Catalog {
  const reader = new SchemaReader(catalogFileSchema());
  const entries: CatalogEntry[] = [];
  const faults: Fault[] = [];
  for (const file of files) {
    try {
      for (const entry of readEntries(file, reader)) {
        if (entries.some(({ kind, name }) => kind === entry.kind && name === entry.name)) {
          const message = `"${entry.name}" is the name of another ${entry.kind}; choose another`;
          faults.push({ place: file.name, path: 'name', message });
        }
        entries.push(entry);
      }
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(...error.faults);
    }
  }
  if (faults.length > 0) throw new InputError(faults);
  return new Catalog(entries);
}

function readEntries(file: CatalogFile, reader: SchemaReader<TUnsafe<FileEntry>>): CatalogEntry[] {
  const document = new SourceDocument(file.text, file.name);
  const written = reader.read(document);
  const faults = new FaultList(document);
  const entries = faults.attempt([], () => entriesOf(written));
  faults.throwIfAny();
  return entries ?? [];
}

function entriesOf(file: FileEntry): CatalogEntry[] {
  const { name, summary } = file;
  switch (file.kind) {
    case 'accelerator':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readAccelerator(file),
          provenance: provenanceOf(file, file.values),
        },
      ];
    case 'model':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readModel(file),
          provenance: provenanceOf(file, file.values),
        },
      ];
    case 'owned-gpu-hour':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readOwnedGpuHour(file),
          provenance: provenanceOf(file, file.values),
        },
      ];
    case 'token-prices':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readTokenPrices(file),
          provenance: provenanceOf(file, file.values),
        },
      ];
    case 'quantile-tables':
      return readQuantileTables(file).map((value) => ({
        kind: 'quantile-table',
        name: value.name,
        summary,
        value,
        provenance: [tableProvenance(file, 'tokens')],
      }));
    case 'week-profile':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readWeekProfile(file),
          provenance: [tableProvenance(file, 'hours')],
        },
      ];
    case 'limits':
      return readLimits(file).map(({ value, provenance }) => ({
        kind: file.kind,
        name: value.name,
        summary: value.summary,
        value,
        provenance,
      }));
    case 'engine':
      return [
        {
          kind: file.kind,
          name,
          summary,
          value: readEngine(file),
          provenance: provenanceOf(file, file.values),
        },
      ];
  }
}
