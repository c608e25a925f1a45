/** esbuild gathers them into the one stylesheet. */
declare module '*.css';
