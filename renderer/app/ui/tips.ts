import { Tooltip } from 'bits-ui';

/** What a tooltip says, and where it stands. */
export interface TipContent {
  readonly text: string;
  readonly keys: string | undefined;
  readonly side: 'top' | 'right' | 'bottom' | 'left';
}

/** Joins the controls of the page with its one tooltip: one for each of them would cost a room with many controls most of its opening. */
export const tips = Tooltip.createTether<TipContent>();
