namespace Experiments.Runner.Tests.Recomputation;

/// <summary>A unit that was assigned or exposed, as the exposures say.</summary>
internal sealed record JudgedUnit(string Id, Assignment? Assignment, List<Exposure> Exposures, long? FirstValid)
{
    public bool IsEarly => Assignment is { } own && Exposures.Exists(exposure => exposure.At < own.At);

    public bool IsMismatch => Assignment is { } own && Exposures.Exists(exposure => exposure.Arm != own.Arm);

    public bool IsMulti => Exposures.Select(exposure => exposure.Arm).Distinct(StringComparer.Ordinal).Count() > 1;

    public bool IsUnassigned => Assignment is null;
}

/// <summary>A unit of the cohort.</summary>
internal sealed record CohortUnit(string Id, string Arm, int Epoch, long AssignedAt, long? ExposedAt, bool IsExcluded);

/// <summary>Who takes part in an experiment, from when, by the rules of DESIGN section 4.</summary>
internal sealed class TrialFacts
{
    public TrialFacts(Trial trial, LandedFiles files)
    {
        Trial = trial;
        Dictionary<string, Assignment> assigned = files.Assignments.Where(row => row.Trial == trial.Id)
            .ToDictionary(row => row.Unit, StringComparer.Ordinal);
        List<Exposure> exposures = [.. files.Exposures.Where(row => row.Trial == trial.Id)];
        exposures.AddRange(
            from row in files.Happenings
            where row.Name == trial.Trigger && assigned.ContainsKey(row.Unit)
            select new Exposure(trial.Id, row.Unit, assigned[row.Unit].Arm, row.At));
        ILookup<string, Exposure> byUnit = exposures.ToLookup(row => row.Unit, StringComparer.Ordinal);
        Judged =
        [
            .. assigned.Keys.Union(exposures.Select(row => row.Unit), StringComparer.Ordinal)
                .Select(unit => Judge(unit, assigned.GetValueOrDefault(unit), [.. byUnit[unit]])),
        ];
        Cohort =
        [
            .. Judged.Where(unit => unit.Assignment is { } own && IsInside(own.At)).Select(unit => new CohortUnit(
                unit.Id, unit.Assignment!.Arm, unit.Assignment.At >= trial.Change ? 2 : 1, unit.Assignment.At,
                unit.FirstValid, trial.ExcludesMulti && unit.IsMulti)),
        ];
    }

    public Trial Trial { get; }

    public List<JudgedUnit> Judged { get; }

    public List<CohortUnit> Cohort { get; }

    public bool IsInside(long at) => at >= Trial.Start && at < (Trial.End ?? Clock.Never);

    public ExpectedTable Validation()
    {
        ExpectedTable table = new();
        foreach (JudgedUnit unit in Judged)
        {
            table.Add(
                new()
                {
                    ["variation_id"] = new(unit.Assignment?.Arm),
                    ["exposure_count"] = new((long)unit.Exposures.Count),
                    ["pre_assignment_exposure"] = new(unit.IsEarly),
                    ["variant_mismatch"] = new(unit.IsMismatch),
                    ["multi_variation_exposure"] = new(unit.IsMulti),
                    ["exposure_outside_window"] = new(unit.Exposures.Exists(exposure => !IsInside(exposure.At))),
                    ["unassigned_exposure"] = new(unit.IsUnassigned),
                    ["is_valid_exposure"] = new(unit.FirstValid is not null),
                    ["assigned_at"] = Time(unit.Assignment?.At),
                    ["first_exposed_at"] = Time(unit.Exposures.Min(exposure => (long?)exposure.At)),
                    ["last_exposed_at"] = Time(unit.Exposures.Max(exposure => (long?)exposure.At)),
                    ["first_valid_exposed_at"] = Time(unit.FirstValid),
                },
                unit.Id);
        }

        return table;
    }

    public ExpectedTable Members()
    {
        ExpectedTable table = new();
        foreach (CohortUnit unit in Cohort)
        {
            table.Add(
                new()
                {
                    ["variation_id"] = new(unit.Arm),
                    ["weight_epoch"] = new((long)unit.Epoch),
                    ["is_itt"] = new(!unit.IsExcluded),
                    ["is_exposed"] = new(!unit.IsExcluded && unit.ExposedAt is not null),
                    ["exclusion_reason"] = new(unit.IsExcluded ? "multi_variation" : null),
                    ["itt_anchor_at"] = Time(unit.AssignedAt),
                    ["exposed_anchor_at"] = Time(unit.ExposedAt),
                },
                unit.Id);
        }

        return table;
    }

    public ExpectedTable Daily()
    {
        ExpectedTable table = new();
        List<(JudgedUnit Unit, Exposure Exposure)> exposures =
            [.. Judged.SelectMany(unit => unit.Exposures.Select(exposure => (unit, exposure)))];
        ILookup<long, (JudgedUnit Unit, Exposure Exposure)> byDay =
            exposures.ToLookup(row => Clock.DayOf(row.Exposure.At));
        ILookup<long, JudgedUnit> assigned =
            Judged.Where(unit => unit.Assignment is not null).ToLookup(unit => Clock.DayOf(unit.Assignment!.At));
        foreach (long day in byDay.Select(group => group.Key).Union(assigned.Select(group => group.Key)))
        {
            long units = assigned[day].LongCount();
            long exposed = assigned[day].LongCount(unit => unit.FirstValid is not null);
            table.Add(
                new()
                {
                    ["assigned_unit_count"] = new(units),
                    ["exposed_unit_count"] = new(exposed),
                    ["exposure_event_count"] = new(byDay[day].LongCount()),
                    ["pre_assignment_count"] = new(byDay[day].LongCount(row => row.Exposure.At < row.Unit.Assignment?.At)),
                    ["variant_mismatch_count"] = new(byDay[day].LongCount(row =>
                        row.Unit.Assignment is { } own && row.Exposure.Arm != own.Arm)),
                    ["multi_variation_count"] = new(byDay[day].LongCount(row => row.Unit.IsMulti)),
                    ["outside_window_count"] = new(byDay[day].LongCount(row => !IsInside(row.Exposure.At))),
                    ["unassigned_count"] = new(byDay[day].LongCount(row => row.Unit.IsUnassigned)),
                    ["exposure_rate"] = new(units == 0 ? null : (double)exposed / units),
                },
                Clock.Iso(day * Clock.Day)[..10]);
        }

        return table;
    }

    private static Cell Time(long? at) => new(at is { } value ? Clock.Time(value) : null);

    private JudgedUnit Judge(string unit, Assignment? own, List<Exposure> exposures) => new(
        unit, own, exposures,
        exposures.Where(row => own is not null && row.At >= own.At && row.Arm == own.Arm && IsInside(row.At))
            .Min(row => (long?)row.At));
}
