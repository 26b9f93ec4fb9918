"""Frozen value types, units, errors, job specs and job events. numpy only; imports none of ours.

Glossary (one word per concept):

text set        the fixed list of texts, axis N of every vector
log-likelihood  ``log p(x)`` of one text in nats; a *vector* is one row over all texts
entry           anything with a vector: model, checkpoint, variant, adapter, layer
checkpoint      one saved state of a training *run*, found in a *source*, at a *step*
recipe          the named preprocessing of an analysis (exclude, clip, drop, centre)
project         one HDF5 file
job             long work in a child process, described by a frozen *spec*, reported by *events*
"""
