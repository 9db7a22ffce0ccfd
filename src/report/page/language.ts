// Under the POSIX locale a headless browser has a language that is none, on which uPlot fails when it is loaded.
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-US' });
}
