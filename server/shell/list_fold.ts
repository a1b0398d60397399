/**
 * Whether the list shows: folded to its rail where the user folded it or the page is wide, and a
 * drawer on narrow screens. The choice is kept for wide and for other pages apart.
 */
import {readSetting, writeSetting} from './settings';

const NARROW = '(max-width: 1023px)';
const NO_ROOM_BESIDE_INSPECTOR = '(max-width: 1439px)';

export class ListFold {
  private isDrawerOpen = false;
  private isWidePage = false;
  private page = '';
  private readonly narrow = matchMedia(NARROW);

  constructor(private readonly changed: () => void) {
    this.narrow.addEventListener('change', changed);
  }

  get isNarrow(): boolean {
    return this.narrow.matches;
  }

  get isShown(): boolean {
    if (this.isNarrow) return this.isDrawerOpen;
    return (readSetting(this.setting) ?? (this.isWidePage ? 'folded' : 'shown')) === 'shown';
  }

  setPage(page: string, isWide: boolean): void {
    if (page !== this.page) this.isDrawerOpen = false;
    this.page = page;
    this.isWidePage = isWide;
  }

  /** `isInspecting`: between 1024 and 1440 px the inspector takes the list's room. */
  toggle(isInspecting: boolean): void {
    if (this.isNarrow) this.isDrawerOpen = !this.isDrawerOpen;
    else if (isInspecting && matchMedia(NO_ROOM_BESIDE_INSPECTOR).matches) document.body.classList.toggle('list-wanted');
    else writeSetting(this.setting, this.isShown ? 'folded' : 'shown');
    this.changed();
  }

  show(): void {
    if (!this.isShown) this.toggle(false);
  }

  closeDrawer(): void {
    this.isDrawerOpen = false;
    this.changed();
  }

  private get setting(): string {
    return this.isWidePage ? 'list_on_wide_pages' : 'list';
  }
}
