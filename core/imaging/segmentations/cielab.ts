/** sRGB (0 to 255) as DICOM's CIELab triple of unsigned 16-bit numbers under D50 (PS3.3 C.10.7.1.1). */
export function cielab(rgb: readonly [number, number, number]): readonly [number, number, number] {
  const linear = rgb.map((v) => {
    const c = v / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  const [r = 0, g = 0, b = 0] = linear;
  // sRGB to XYZ, adapted to D50 (Bradford), divided by the white point.
  const x = (0.4360747 * r + 0.3850649 * g + 0.1430804 * b) / 0.96422;
  const y = 0.2225045 * r + 0.7168786 * g + 0.0606169 * b;
  const z = (0.0139322 * r + 0.0971045 * g + 0.7141733 * b) / 0.82521;
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 16 / 116);
  const scaled = [
    ((116 * f(y) - 16) / 100) * 65535,
    ((500 * (f(x) - f(y)) + 128) / 255) * 65535,
    ((200 * (f(y) - f(z)) + 128) / 255) * 65535,
  ];
  const [l = 0, a = 0, bb = 0] = scaled.map((v) => Math.min(65535, Math.max(0, Math.round(v))));
  return [l, a, bb];
}

/** The inverse of {@link cielab}; colours beyond sRGB are brought to its edge. */
export function fromCielab([l, a, b]: readonly [number, number, number]): readonly [number, number, number] {
  const fy = ((l / 65535) * 100 + 16) / 116;
  const fx = fy + ((a / 65535) * 255 - 128) / 500;
  const fz = fy - ((b / 65535) * 255 - 128) / 200;
  const t = (f: number): number => (f > 6 / 29 ? f ** 3 : ((116 * f - 16) * 27) / 24389);
  const [x, y, z] = [t(fx) * 0.96422, t(fy), t(fz) * 0.82521];
  const linear = [
    3.1338561 * x - 1.6168667 * y - 0.4906146 * z,
    -0.9787684 * x + 1.9161415 * y + 0.033454 * z,
    0.0719453 * x - 0.2289914 * y + 1.4052427 * z,
  ];
  const [red = 0, green = 0, blue = 0] = linear.map((v) => {
    const c = v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055;
    return Math.min(255, Math.max(0, Math.round(255 * c)));
  });
  return [red, green, blue];
}
