(* The bounds and identities that src/rsa_core/ relies on, over integers. Coq 8.16, standard library only.

   What the limbs of `crypto-bigint` compute isn't proved here, but for the rows of Montgomery's multiplication: a theorem
   says what follows if they compute what its premises say. R is the number of values of an integer, 2^(64 * limbs). *)

Require Import ZArith Znumtheory Zpow_facts Lia List.
Open Scope Z_scope.

(* ---- Montgomery's multiplication ---- *)

(* a = b (mod m) *)
Definition cong (m a b : Z) : Prop := exists k, a = b + k * m.

Lemma cong_mod : forall m a b, 0 < m -> cong m a b -> a mod m = b mod m.
Proof. intros m a b Hm [k ->]. apply Z.mod_add. lia. Qed.

Lemma mod_cong : forall m a, 0 < m -> cong m a (a mod m).
Proof. intros m a Hm. exists (a / m). pose proof (Z.div_mod a m). lia. Qed.

Lemma cong_mul : forall m a b c d, cong m a b -> cong m c d -> cong m (a * c) (b * d).
Proof. intros m a b c d [k ->] [l ->]. exists (b * l + k * d + k * l * m). ring. Qed.

Lemma cong_trans : forall m a b c, cong m a b -> cong m b c -> cong m a c.
Proof. intros m a b c [k ->] [l ->]. exists (k + l). ring. Qed.

Lemma cong_sym : forall m a b, cong m a b -> cong m b a.
Proof. intros m a b [k ->]. exists (- k). ring. Qed.

(* An odd modulus and a power of two: R can be divided by. *)
Lemma radix_is_invertible : forall m n, 0 <= n -> m mod 2 = 1 -> exists i, cong m (i * 2 ^ n) 1.
Proof.
  intros m n Hn Hodd.
  assert (rel_prime m 2).
  { apply rel_prime_sym, prime_rel_prime; [exact prime_2 |]. intro D. apply Zdivide_mod in D. lia. }
  assert (P : rel_prime m (2 ^ n)) by (apply rel_prime_Zpower_r; auto).
  destruct (rel_prime_bezout _ _ P) as [u v E]. exists v, (- u). lia.
Qed.

(* One multiplication, row by row, as `montgomery_multiply_inner` does it: to what is there, each row adds one limb of x
   times y and the multiple of m that makes the lowest limb zero, and drops that limb. k is -1/m modulo B. *)
Fixpoint rows (B m k y t : Z) (x : list Z) : Z * list Z :=
  match x with
  | nil => (t, nil)
  | limb :: rest =>
      let u := ((t + limb * y) * k) mod B in
      let (result, us) := rows B m k y ((t + limb * y + u * m) / B) rest in (result, u :: us)
  end.

Fixpoint number (B : Z) (limbs : list Z) : Z :=
  match limbs with nil => 0 | limb :: rest => limb + B * number B rest end.

Lemma row_is_exact : forall B m k s, 0 < B -> cong B (k * m) (-1) ->
  B * ((s + (s * k) mod B * m) / B) = s + (s * k) mod B * m.
Proof.
  intros B m k s HB [c Hk]. symmetry. apply Z_div_exact_full_2; [lia |].
  destruct (mod_cong B (s * k) HB) as [l Hl]. revert Hl. generalize ((s * k) mod B). intros u Hl.
  replace u with (s * k - l * B) by lia.
  replace (s + (s * k - l * B) * m) with (s * (1 + k * m) - l * m * B) by ring. rewrite Hk.
  replace (s * (1 + (-1 + c * B)) - l * m * B) with ((s * c - l * m) * B) by ring.
  apply Z.mod_mul. lia.
Qed.

Theorem rows_multiply : forall B m k y x t, 0 < B -> cong B (k * m) (-1) ->
  let (result, us) := rows B m k y t x in
  result * B ^ Z.of_nat (length x) = t + number B x * y + number B us * m
  /\ 0 <= number B us < B ^ Z.of_nat (length x).
Proof.
  intros B m k y x. induction x as [| limb rest IH]; intros t HB Hk; simpl rows.
  - simpl. lia.
  - specialize (IH ((t + limb * y + ((t + limb * y) * k) mod B * m) / B) HB Hk).
    pose proof (row_is_exact B m k (t + limb * y) HB Hk) as E.
    pose proof (Z.mod_pos_bound ((t + limb * y) * k) B HB) as U.
    destruct (rows B m k y _ rest) as [result us]. destruct IH as [IH1 IH2].
    cbn [length number]. rewrite Nat2Z.inj_succ, Z.pow_succ_r by lia.
    set (P := B ^ Z.of_nat (length rest)) in *. split; nia.
Qed.

(* That is the premise of what follows: t * R = a * b + q * m with q < R. *)
Definition product (R m a b t : Z) : Prop := exists q, 0 <= q < R /\ t * R = a * b + q * m.

(* `almost_montgomery_mul`: m is subtracted only from what overflows. *)
Definition amm (R m a b r : Z) : Prop := exists t, product R m a b t /\ r = if t <? R then t else t - m.

(* `mul_montgomery_form`: m is subtracted from what isn't below it. *)
Definition mul (R m a b r : Z) : Prop := exists t, product R m a b t /\ r = if t <? m then t else t - m.

(* `montgomery_retrieve`: nothing is subtracted. *)
Definition retrieve (R m a r : Z) : Prop := product R m a 1 r.

Theorem amm_stays_below_R : forall R m a b r, 0 < m < R -> 0 <= a < R -> 0 <= b < R -> amm R m a b r -> 0 <= r < R.
Proof.
  intros R m a b r Hm Ha Hb (t & (q & Hq & Ht) & ->).
  assert (0 <= t) by nia. assert (t < R + m) by nia. destruct (Z.ltb_spec t R); lia.
Qed.

Lemma amm_value : forall R m a b r, amm R m a b r -> cong m (r * R) (a * b).
Proof.
  intros R m a b r (t & (q & Hq & Ht) & ->).
  destruct (t <? R); [exists q | exists (q - R)]; lia.
Qed.

(* "the powers x in its table stay below 2m, since x_i < x_(i-1) * m / R + m and x_i < R" *)
Theorem table_stays_below_2m : forall R m x y r, 0 < m < R -> 0 <= y < R -> 0 <= x < m -> amm R m y x r -> 0 <= r < 2 * m.
Proof.
  intros R m x y r Hm Hy Hx (t & (q & Hq & Ht) & ->).
  assert (0 <= t) by nia. assert (t < 2 * m) by nia. destruct (Z.ltb_spec t R); lia.
Qed.

(* "the last step multiplies some z < R by one of them, which gives less than z * x / R + m < 3m" *)
Theorem last_step_stays_below_3m : forall R m z x r,
  0 < m < R -> 0 <= z < R -> 0 <= x < 2 * m -> x < R -> amm R m z x r -> 0 <= r < 3 * m.
Proof.
  intros R m z x r Hm Hz Hx HxR (t & (q & Hq & Ht) & ->).
  assert (0 <= t) by nia. assert (t < 3 * m) by nia. destruct (Z.ltb_spec t R); lia.
Qed.

(* `almost_montgomery_reduce` *)
Definition subtract (m z : Z) : Z := if z <? m then z else z - m.

Theorem two_subtractions_reduce : forall m z, 0 < m -> 0 <= z < 3 * m -> subtract m (subtract m z) = z mod m.
Proof.
  intros m z Hm Hz. unfold subtract.
  destruct (Z.ltb_spec z m); [destruct (Z.ltb_spec z m) | destruct (Z.ltb_spec (z - m) m)]; try lia.
  - symmetry. apply Z.mod_small. lia.
  - apply (Z.mod_unique_pos _ _ 1); lia.
  - apply (Z.mod_unique_pos _ _ 2); lia.
Qed.

(* ---- The exponentiation of `pow_amm`: a table of sixteen powers, and four bits of the exponent at a time ---- *)

Inductive table (R m one x : Z) : nat -> Z -> Prop :=
| table_0 : table R m one x 0 one
| table_1 : table R m one x 1 x
| table_next : forall i y r, table R m one x (S i) y -> amm R m y x r -> table R m one x (S (S i)) r.

(* z after the digits that make up the exponent e, the highest first. *)
Inductive loop (R m one x : Z) : nat -> Z -> Prop :=
| loop_first : forall d p z, table R m one x d p -> amm R m one p z -> loop R m one x d z
| loop_next : forall e d z z1 z2 z3 z4 p r, loop R m one x e z ->
    amm R m z z z1 -> amm R m z1 z1 z2 -> amm R m z2 z2 z3 -> amm R m z3 z3 z4 ->
    table R m one x d p -> amm R m z4 p r -> loop R m one x (16 * e + d) r.

Section Power.
  Variables R m one x X i : Z.
  Hypothesis bounds : 0 < m < R.
  Hypothesis one_below : 0 <= one < m.
  Hypothesis x_below : 0 <= x < m.
  Hypothesis radix : cong m (i * R) 1.
  Hypothesis one_form : cong m one R.
  Hypothesis x_form : cong m x (X * R).

  Lemma divide : forall a b, cong m (a * R) (b * R) -> cong m a b.
  Proof.
    intros a b H.
    apply cong_trans with (a * (i * R)).
    { apply cong_sym. replace a with (a * 1) at 2 by ring. apply cong_mul; [exists 0; ring | exact radix]. }
    apply cong_trans with (b * (i * R)).
    { replace (a * (i * R)) with (i * (a * R)) by ring. replace (b * (i * R)) with (i * (b * R)) by ring.
      apply cong_mul; [exists 0; ring | exact H]. }
    replace b with (b * 1) at 2 by ring. apply cong_mul; [exists 0; ring | exact radix].
  Qed.

  Lemma amm_form : forall a b r A B, amm R m a b r -> cong m a (A * R) -> cong m b (B * R) -> cong m r (A * B * R).
  Proof.
    intros a b r A B H Ha Hb. apply divide. apply cong_trans with (a * b); [exact (amm_value _ _ _ _ _ H) |].
    replace (A * B * R * R) with (A * R * (B * R)) by ring. apply cong_mul; assumption.
  Qed.

  Lemma table_holds : forall n p, table R m one x n p -> 0 <= p < R /\ p < 2 * m /\ cong m p (X ^ Z.of_nat n * R).
  Proof.
    intros n p T. induction T as [| | n y r T IH A].
    - rewrite Z.pow_0_r, Z.mul_1_l. repeat split; try lia. exact one_form.
    - rewrite Z.pow_1_r. repeat split; try lia. exact x_form.
    - destruct IH as (B1 & B2 & V). repeat split.
      1-2: apply (amm_stays_below_R R m y x r); try assumption; lia.
      + apply (table_stays_below_2m R m x y r); assumption.
      + rewrite (Nat2Z.inj_succ (S n)), Z.pow_succ_r, (Z.mul_comm X) by lia. apply (amm_form y x r); assumption.
  Qed.

  Theorem loop_holds : forall e z, loop R m one x e z -> 0 <= z < R /\ z < 3 * m /\ cong m z (X ^ Z.of_nat e * R).
  Proof.
    intros e z L. induction L as [d p z T A | e d z z1 z2 z3 z4 p r L IH A1 A2 A3 A4 T A].
    - destruct (table_holds d p T) as (B1 & B2 & V). repeat split.
      1-2: apply (amm_stays_below_R R m one p z); try assumption; lia.
      + apply (last_step_stays_below_3m R m one p z); try assumption; lia.
      + replace (X ^ Z.of_nat d * R) with (1 * X ^ Z.of_nat d * R) by ring.
        apply (amm_form one p z); [assumption | rewrite Z.mul_1_l; exact one_form | assumption].
    - destruct IH as (B & _ & V). destruct (table_holds d p T) as (P1 & P2 & PV).
      assert (B1 : 0 <= z1 < R) by (apply (amm_stays_below_R R m z z); assumption).
      assert (B2 : 0 <= z2 < R) by (apply (amm_stays_below_R R m z1 z1); assumption).
      assert (B3 : 0 <= z3 < R) by (apply (amm_stays_below_R R m z2 z2); assumption).
      assert (B4 : 0 <= z4 < R) by (apply (amm_stays_below_R R m z3 z3); assumption).
      pose proof (amm_form _ _ _ _ _ A1 V V) as V1. pose proof (amm_form _ _ _ _ _ A2 V1 V1) as V2.
      pose proof (amm_form _ _ _ _ _ A3 V2 V2) as V3. pose proof (amm_form _ _ _ _ _ A4 V3 V3) as V4.
      pose proof (amm_form _ _ _ _ _ A V4 PV) as V5. repeat split.
      1-2: apply (amm_stays_below_R R m z4 p r); assumption.
      + apply (last_step_stays_below_3m R m z4 p r); try assumption; lia.
      + replace (X ^ Z.of_nat (16 * e + d)) with ((X ^ Z.of_nat e) ^ 16 * X ^ Z.of_nat d).
        { replace ((X ^ Z.of_nat e) ^ 16) with
            (X ^ Z.of_nat e * X ^ Z.of_nat e * (X ^ Z.of_nat e * X ^ Z.of_nat e) *
              (X ^ Z.of_nat e * X ^ Z.of_nat e * (X ^ Z.of_nat e * X ^ Z.of_nat e)) *
              (X ^ Z.of_nat e * X ^ Z.of_nat e * (X ^ Z.of_nat e * X ^ Z.of_nat e) *
                (X ^ Z.of_nat e * X ^ Z.of_nat e * (X ^ Z.of_nat e * X ^ Z.of_nat e)))) by ring.
          exact V5. }
        rewrite <- Z.pow_mul_r, <- Z.pow_add_r by lia. f_equal. lia.
  Qed.

  (* What `pow_amm` returns is the power, in Montgomery's form and below m. *)
  Theorem pow_amm_is_the_power : forall e z, loop R m one x e z ->
    subtract m (subtract m z) = (X ^ Z.of_nat e * R) mod m.
  Proof.
    intros e z L. destruct (loop_holds e z L) as (B & B3 & V).
    rewrite two_subtractions_reduce by lia. apply cong_mod; [lia | exact V].
  Qed.
End Power.

(* ---- `reduce` ---- *)

(* `FixedMontyForm::new` and `mul` reduce whatever fits the width, if one operand is reduced. *)
Theorem mul_stays_below_m : forall R m a b r, 0 < m < R -> 0 <= a < R -> 0 <= b < m -> mul R m a b r -> 0 <= r < m.
Proof.
  intros R m a b r Hm Ha Hb (t & (q & Hq & Ht) & ->).
  assert (0 <= t) by nia. assert (t < 2 * m) by nia. destruct (Z.ltb_spec t m); lia.
Qed.

Lemma mul_value : forall R m a b r, mul R m a b r -> cong m (r * R) (a * b).
Proof.
  intros R m a b r (t & (q & Hq & Ht) & ->). destruct (t <? m); [exists q | exists (q - R)]; lia.
Qed.

Theorem retrieve_stays_below_m : forall R m a r, 0 < m < R -> 0 <= a < m -> retrieve R m a r -> 0 <= r < m.
Proof. intros R m a r Hm Ha (q & Hq & Ht). split; nia. Qed.

(* `reduce`: an integer of twice the width, high * R + low, modulo m. r2 is R^2 modulo m. *)
Theorem reduce_is_the_remainder : forall R m i r2 high low h hr l sum r,
  0 < m < R -> cong m (i * R) 1 -> 0 <= r2 < m -> cong m r2 (R * R) -> 0 <= high < R -> 0 <= low < R ->
  mul R m high r2 h -> mul R m h r2 hr -> mul R m low r2 l -> sum = subtract m (hr + l) -> retrieve R m sum r ->
  r = (high * R + low) mod m.
Proof.
  intros R m i r2 high low h hr l sum r Hm Hi Hr2 Hr2v Hhigh Hlow Mh Mhr Ml Hsum Hr.
  assert (Bh : 0 <= h < m) by (apply (mul_stays_below_m R m high r2); assumption).
  assert (Bhr : 0 <= hr < m) by (apply (mul_stays_below_m R m h r2); try assumption; lia).
  assert (Bl : 0 <= l < m) by (apply (mul_stays_below_m R m low r2); assumption).
  assert (Bs : 0 <= sum < m) by (subst sum; unfold subtract; destruct (Z.ltb_spec (hr + l) m); lia).
  assert (Br : 0 <= r < m) by (apply (retrieve_stays_below_m R m sum); assumption).
  pose proof (divide R m i Hi) as D.
  assert (form : forall a b, mul R m a r2 b -> cong m b (a * R)).
  { intros a b M. apply D. apply cong_trans with (a * r2); [exact (mul_value _ _ _ _ _ M) |].
    replace (a * R * R) with (a * (R * R)) by ring. apply cong_mul; [exists 0; ring | assumption]. }
  assert (Vhr : cong m hr (high * R * R)).
  { apply cong_trans with (h * R); [apply form; assumption |]. apply cong_mul; [apply form; assumption | exists 0; ring]. }
  assert (Vs : cong m sum ((high * R + low) * R)).
  { pose proof (form _ _ Ml) as [b Hb]. destruct Vhr as [a Ha]. subst sum. unfold subtract.
    destruct (hr + l <? m); [exists (a + b) | exists (a + b - 1)]; nia. }
  assert (Vr : cong m r (high * R + low)).
  { apply D. apply cong_trans with sum; [| assumption]. destruct Hr as (q & Hq & Ht). exists q. lia. }
  rewrite <- (cong_mod m _ _ ltac:(lia) Vr). symmetry. apply Z.mod_small. assumption.
Qed.

(* ---- `blinded_power` ---- *)

(* A prime of `bits` bits times 128 random ones fits 128 bits more. *)
Theorem blinded_modulus_fits : forall bits p f, 0 <= bits -> 0 <= p < 2 ^ bits -> 0 <= f < 2 ^ 128 ->
  0 <= p * f < 2 ^ (bits + 128).
Proof. intros bits p f Hb Hp Hf. rewrite Z.pow_add_r by lia. split; nia. Qed.

(* The multiple of p - 1 plus any exponent of the width of p doesn't wrap. *)
Theorem blinded_exponent_fits : forall bits p k e, 128 <= bits -> 1 <= p < 2 ^ bits -> 0 <= k < 2 ^ 128 ->
  0 <= e < 2 ^ bits -> 0 <= (p - 1) * k + e < 2 ^ (bits + 128).
Proof. intros bits p k e Hb Hp Hk He. rewrite Z.pow_add_r by lia. split; nia. Qed.

(* `reduce` gets at most two widths: the halves of a modulus in a blinded prime, and a blinded prime in a prime. *)
Theorem widths_fit : forall limbs, 2 <= limbs -> 2 * limbs <= 2 * (limbs + 2) /\ limbs + 2 <= 2 * limbs.
Proof. lia. Qed.

(* Blinding the modulus changes nothing modulo the prime. *)
Theorem blinded_modulus_is_harmless : forall a p f, 0 < p -> 0 < f -> (a mod (p * f)) mod p = a mod p.
Proof.
  intros a p f Hp Hf. apply cong_mod; [lia |]. apply cong_sym.
  destruct (mod_cong (p * f) a ltac:(nia)) as [k Hk]. exists (k * f). lia.
Qed.

(* Nor does blinding the exponent. The premise on c is Fermat's little theorem, which isn't proved here. *)
Theorem blinded_exponent_is_harmless : forall p c e k, 1 < p -> 0 < e -> 0 <= k ->
  c mod p = 0 \/ c ^ (p - 1) mod p = 1 -> c ^ (e + k * (p - 1)) mod p = c ^ e mod p.
Proof.
  intros p c e k Hp He Hk [Z0 | F].
  - assert (0 <= k * (p - 1)) by nia.
    rewrite (Zpower_mod c (e + k * (p - 1))), (Zpower_mod c e), Z0 by lia. rewrite !Z.pow_0_l by lia. reflexivity.
  - rewrite Z.pow_add_r by nia. rewrite (Z.mul_comm k), Z.pow_mul_r by lia.
    rewrite <- Z.mul_mod_idemp_r, Zpower_mod, F, Z.pow_1_l, Z.mod_1_l, Z.mul_1_r by lia. reflexivity.
Qed.

(* ---- `combine` ---- *)

Theorem combine_is_below_n : forall p q h m2, 0 <= h < p -> 0 <= m2 < q -> 0 <= q * h + m2 < p * q.
Proof. intros. split; nia. Qed.

Theorem combine_is_m2_modulo_q : forall q h m2, 0 <= m2 < q -> (q * h + m2) mod q = m2.
Proof. intros q h m2 H. rewrite Z.add_comm, (Z.mul_comm q), Z.mod_add by lia. apply Z.mod_small. assumption. Qed.

Theorem combine_is_m1_modulo_p : forall p q qi m1 m2, 0 < p -> (q * qi) mod p = 1 -> 0 <= m1 < p ->
  (q * (((m1 - m2) * qi) mod p) + m2) mod p = m1.
Proof.
  intros p q qi m1 m2 Hp Hqi H1.
  rewrite <- (Z.mod_small m1 p H1) at 2. apply cong_mod; [lia |].
  destruct (mod_cong p ((m1 - m2) * qi) Hp) as [k Hk]. destruct (mod_cong p (q * qi) Hp) as [l Hl]. rewrite Hqi in Hl.
  revert Hk. generalize (((m1 - m2) * qi) mod p). intros h Hk. replace h with ((m1 - m2) * qi - k * p) by lia.
  replace (q * ((m1 - m2) * qi - k * p) + m2) with ((m1 - m2) * (q * qi) - q * k * p + m2) by ring. rewrite Hl.
  exists ((m1 - m2) * l - q * k). ring.
Qed.

(* ---- `rsadp` ---- *)

(* "m^e mod n never equals a c outside that range" *)
Theorem out_of_range_is_invalid : forall n x c, 0 < n -> n <= c -> x mod n <> c.
Proof. intros n x c Hn Hc. pose proof (Z.mod_pos_bound x n). lia. Qed.

(* ---- `random_below` ---- *)

(* "Each succeeds with a probability of at least one half" *)
Theorem a_draw_succeeds_half_the_time : forall bits m, 1 <= bits -> 2 ^ (bits - 1) <= m < 2 ^ bits -> 2 ^ bits <= 2 * m.
Proof. intros bits m Hb Hm. replace bits with (1 + (bits - 1)) at 1 by ring. rewrite Z.pow_add_r; lia. Qed.

(* ---- `generate` ---- *)

(* "at least sqrt 2 * 2^(bits - 1), ensured by setting the top two bits": the squares. *)
Theorem two_top_bits_suffice : forall bits c, 2 <= bits -> 3 * 2 ^ (bits - 2) <= c ->
  2 * (2 ^ (bits - 1)) ^ 2 <= c ^ 2.
Proof.
  intros bits c Hb Hc. replace (bits - 1) with (1 + (bits - 2)) by ring. rewrite Z.pow_add_r by lia.
  pose proof (Z.pow_pos_nonneg 2 (bits - 2)). nia.
Qed.

(* So the modulus has exactly as many bits as both primes together. *)
Theorem modulus_has_its_length : forall a b p q, 2 <= a -> 2 <= b ->
  3 * 2 ^ (a - 2) <= p < 2 ^ a -> 3 * 2 ^ (b - 2) <= q < 2 ^ b -> 2 ^ (a + b - 1) <= p * q < 2 ^ (a + b).
Proof.
  intros a b p q Ha Hb Hp Hq.
  replace (2 ^ (a + b - 1)) with (8 * (2 ^ (a - 2) * 2 ^ (b - 2))).
  { rewrite (Z.pow_add_r 2 a b) by lia. pose proof (Z.pow_pos_nonneg 2 (a - 2)). pose proof (Z.pow_pos_nonneg 2 (b - 2)).
    split; nia. }
  rewrite <- Z.pow_add_r by lia. replace 8 with (2 ^ 3) by reflexivity. rewrite <- Z.pow_add_r by lia. f_equal. ring.
Qed.
