module interleave.guide

go 1.19
