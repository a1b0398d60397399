/** Made by server/bundle.mjs from the folders that have a panel.ts. */
declare module 'tbprof:panels' {
  import type {Panel} from '../../plugins/_kit/panel';

  export interface ListedPanel {
    readonly id: string;
    readonly title: string;
    readonly group: 'metrics' | 'profile';
    readonly order: number;
    readonly key?: string;
    readonly wide?: boolean;
    readonly load: () => Promise<{readonly panel: Panel}>;
  }
  export const panels: readonly ListedPanel[];
}
