/**
 * Solid worked, hatched waited: the textures of a fill, for markup, SVG and canvas. Cross-hatched
 * is time of which nothing is known.
 */
import {html, nothing, svg, type TemplateResult} from 'lit/html.js';
import {vars} from './dom';
import {hatchPattern} from './theme';

export type Texture = 'solid' | 'hatched' | 'crossed';

export interface Fill {
  /** A CSS colour made of tokens. */
  readonly fill: string;
  readonly texture?: Texture;
}

/** Below this width or height lines are noise: the fill is then as pale as a hatch looks from afar. */
export const LEAST_HATCH_PX = 4;
export const HATCH_SHARE = 0.45;

export function swatch({fill, texture = 'solid'}: Fill, title?: string): TemplateResult {
  return html`<i class=${texture === 'solid' ? 'swatch' : `swatch ${texture}`} title=${title ?? nothing} ${vars({'--c': fill})}></i>`;
}

/** What a canvas fills with; `colour` is resolved. */
export function canvasTexture(context: CanvasRenderingContext2D, colour: string, texture: Texture = 'solid'): CanvasPattern | string {
  return texture === 'solid' ? colour : hatchPattern(context, colour, texture === 'crossed');
}

/** Defines a pattern that fill="url(#id)" draws with. */
export function svgTexture(id: string, {fill, texture}: Fill): TemplateResult {
  const line = texture === 'crossed' ? 0.8 : 1.6;
  return svg`<pattern id=${id} width="4.6" height="4.6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
    ${texture === 'crossed' ? svg`<rect width="4.6" height=${line} fill=${fill}></rect>` : svg`<rect width="4.6" height="4.6" fill=${fill} opacity="0.16"></rect>`}
    <rect width=${line} height="4.6" fill=${fill}></rect></pattern>`;
}
