import type { Geometry } from '../imaging/index.ts';
import type { AuditDetails } from './audit.ts';

/** What a layer needs of its workspace. */
export interface LayerPlace {
  readonly folder: string;
  readonly geometry: Geometry;
  /** Who works here. */
  readonly who: string;
  /** Undefined for a layer that is only read; else called before every writing, and throws where it may not be. */
  readonly guard: (() => Promise<unknown>) | undefined;
  readonly audit: (what: string, about: AuditDetails) => Promise<void>;
  /** Told when the layer was closed. */
  readonly closed: () => void;
}
