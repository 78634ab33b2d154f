/** What every picture needs of SVG. */
import { visibleLines } from '../shown.ts';

export function escapeXml(text: string): string {
  return visibleLines(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
